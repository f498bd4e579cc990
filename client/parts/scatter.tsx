import type { JSX } from 'preact';
import { formatValue } from '../format.ts';

export interface Dot {
  readonly name: string;
  readonly color: string;
  readonly href: string;
  readonly x: number;
  readonly y: number;
}

const WIDTH = 640;
const HEIGHT = 260;
const BOX = { left: 64, right: 16, top: 14, bottom: 34 };

/** One setting against what came of it, a dot a run. An axis that spans two magnitudes is logarithmic. */
export function Scatter({ dots, x, y }: { dots: readonly Dot[]; x: string; y: string }): JSX.Element {
  const across = axis(
    dots.map((dot) => dot.x),
    BOX.left,
    WIDTH - BOX.right,
  );
  const up = axis(
    dots.map((dot) => dot.y),
    HEIGHT - BOX.bottom,
    BOX.top,
  );
  return (
    <svg class="scatter" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={`${y} against ${x}`}>
      {up.ticks.map((tick) => (
        <g key={tick}>
          <path class="gridline" d={`M${BOX.left} ${up.place(tick)}H${WIDTH - BOX.right}`} />
          <text x={BOX.left - 8} y={up.place(tick) + 4} text-anchor="end">
            {formatValue(tick)}
          </text>
        </g>
      ))}
      {across.ticks.map((tick) => (
        <text key={tick} x={across.place(tick)} y={HEIGHT - BOX.bottom + 18} text-anchor="middle">
          {formatValue(tick)}
        </text>
      ))}
      <text class="axis" x={WIDTH - BOX.right} y={HEIGHT - 3} text-anchor="end">
        {x}
        {across.log && ', logarithmic'}
      </text>
      {dots.map(({ name, color, href, x: across_, y: up_ }) => (
        <a
          key={href}
          href={href}
          aria-label={`${name}: ${x} ${formatValue(across_)}, ${y} ${formatValue(up_)}`}
        >
          <circle cx={across.place(across_)} cy={up.place(up_)} r="6" style={{ fill: `var(${color})` }}>
            <title>{`${name}: ${formatValue(across_)} → ${formatValue(up_)}`}</title>
          </circle>
        </a>
      ))}
    </svg>
  );
}

interface Axis {
  readonly log: boolean;
  readonly ticks: readonly number[];
  place(value: number): number;
}

function axis(values: readonly number[], from: number, to: number): Axis {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const log = least > 0 && most / least >= 100;
  const level = (value: number): number => (log ? Math.log10(value) : value);
  const margin = (level(most) - level(least)) * 0.06 || Math.abs(level(most)) * 0.1 || 1;
  const [low, high] = [level(least) - margin, level(most) + margin];
  const place = (value: number): number => from + ((level(value) - low) / (high - low)) * (to - from);
  if (log) {
    const powers: number[] = [];
    for (let power = Math.ceil(low); power <= high; power++) powers.push(10 ** power);
    return { log, ticks: powers, place };
  }
  const rough = (high - low) / 5;
  const size = 10 ** Math.floor(Math.log10(rough));
  const step = size * (rough / size > 5 ? 10 : rough / size > 2 ? 5 : rough / size > 1 ? 2 : 1);
  const ticks: number[] = [];
  for (let tick = Math.ceil(low / step); tick * step <= high; tick++)
    ticks.push(Number((tick * step).toPrecision(10)));
  return { log, ticks, place };
}
