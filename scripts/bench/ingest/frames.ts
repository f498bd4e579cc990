/** Frames that trainers send, in each form: the values are prepared, numbers and steps are filled in. */
import { encodeLogFrame } from '../../../shared/log-frame.ts';
import { seeded } from '../../demo/random.ts';

/** Series of every step, and those of the last step of every tenth frame: with 100 steps a frame, every 1000th step. */
export const SERIES = ['train/loss', 'train/accuracy', 'lr', 'grad_norm', 'step_time', 'tokens_per_s', 'gpu/memory', 'weights/norm', 'data_time', 'loss_scale']; // prettier-ignore
export const VALIDATION = ['val/loss', 'val/accuracy'];
const validates = (frame: number): boolean => frame % 10 === 9;

/** Binary columns; JSON columns; JSON lines of one step. */
export type Form = 'binary' | 'metric' | 'steps';

export interface Shape {
  readonly form: Form;
  /** Steps of a frame. */
  readonly rows: number;
  /** Binary values as float32, not float64. */
  readonly float32: boolean;
}

/** Points of the first so many frames. */
export const pointsOf = (frames: number, rows: number): number =>
  frames * rows * SERIES.length + Math.floor(frames / 10) * VALIDATION.length;

/** A value of a training that goes neither well nor badly: every detector has it to judge, and little to say. */
function noisy(random: ReturnType<typeof seeded>, series: number): number {
  return (series + 1) * (1 + 0.05 * random.normal());
}

/** Makes the frames of one trainer: the values are prepared, numbers and steps are filled in. */
export function framer(
  { form, rows, float32 }: Shape,
  trainer: number,
): (frame: number) => string | Uint8Array {
  const random = seeded(trainer + 1);
  const time = 1_790_000_000;
  // By frame modulo 20, so that each has its validation or none.
  const pool = Array.from({ length: 20 }, (_, frame) => ({
    values: Array.from({ length: rows }, () => SERIES.map((_, i) => noisy(random, i))),
    checks: validates(frame) ? VALIDATION.map((_, i) => noisy(random, i)) : [],
  }));
  const made = (frame: number) => frame % pool.length;
  if (form === 'binary') {
    const frames = pool.map(({ values, checks }) => {
      const columns = SERIES.map((_, id) => {
        const column = values.map((row) => row[id]);
        return { id, rows: null, values: float32 ? new Float32Array(column) : new Float64Array(column) };
      });
      const last = Uint32Array.of(rows - 1);
      const validation = checks.map((value, i) => ({
        id: SERIES.length + i,
        rows: last,
        values: Float64Array.of(value),
      }));
      const [steps, times] = [new Float64Array(rows), new Float64Array(rows)];
      return encodeLogFrame({ seq: 1, numbered: true, steps, times, columns: [...columns, ...validation] });
    });
    return (frame) => {
      const bytes = frames[made(frame)].slice();
      const view = new DataView(bytes.buffer);
      view.setFloat64(8, frame * rows + 1, true);
      const start = Math.ceil((16 + 12 * view.getUint16(2, true)) / 8) * 8;
      const steps = new Float64Array(bytes.buffer, start, rows);
      const times = new Float64Array(bytes.buffer, start + rows * 8, rows);
      for (let i = 0; i < rows; i++) {
        steps[i] = frame * rows + i;
        times[i] = time + (frame * rows + i) / 1000;
      }
      return bytes;
    };
  }
  if (form === 'metric') {
    const texts = pool.map(({ values, checks }) =>
      [
        ...SERIES.map((name, i) => `"${name}":[${values.map((row) => row[i]).join(',')}]`),
        ...checks.map((value, i) => `"${VALIDATION[i]}":[${'null,'.repeat(rows - 1)}${value}]`),
      ].join(','),
    );
    return (frame) => {
      const at = Array.from({ length: rows }, (_, i) => frame * rows + i);
      const steps = at.join(',');
      const times = at.map((_, i) => `${time + frame}.${100 + i}`).join(',');
      return `{"kind":"log","seq":${frame + 1},"steps":[${steps}],"times":[${times}],"values":{${texts[made(frame)]}}}`;
    };
  }
  const lines = pool.map(({ values, checks }) =>
    values.map((row, i) =>
      [
        ...SERIES.map((name, k) => `"${name}":${row[k]}`),
        ...(i === rows - 1 ? checks.map((value, k) => `"${VALIDATION[k]}":${value}`) : []),
      ].join(','),
    ),
  );
  return (frame) =>
    lines[made(frame)]
      .map((values, i) => {
        const at = frame * rows + i;
        return `{"kind":"log","seq":${at + 1},"time":${time + frame}.${100 + i},"step":${at},"values":{${values}}}`;
      })
      .join('\n');
}
