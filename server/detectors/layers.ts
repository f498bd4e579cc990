import type { Rows, Said, Step, Together } from '../detector.ts';
import { type Binding, layerOf } from '../roles.ts';
import { median } from '../windows/median.ts';
import { keep } from '../windows/recent.ts';
import { resolved } from './resolved.ts';
import { atEpoch, number } from './words.ts';

/**
 * Says when gradient norms differ from the first layer to the last by more than `depth` times, and stay so: the median
 * of their quotient over the latest 20 lines that have the last layer's norm. Layers are in the order in which they were
 * first logged. Norms that are not finite, or not above zero, are left out.
 *
 * Warm-up: 20 lines. Resolved when the quotient is within a third of `depth`. A part of the detector of gradients.
 */
export function layers(depth: number): Together<LayersState> {
  return {
    watches: (binding, rank) => rank === 0 && layerOf(binding) !== null,
    start: () => START,
    update: (state, rows) => update(state, rows, Math.log10(depth)),
  };
}

interface LayersState {
  readonly first: Layer | null;
  readonly last: Layer | null;
  /** Logarithms to the base 10 of the first layer's norm over the last one's, the latest 20 lines. */
  readonly quotients: readonly number[];
  readonly said: boolean;
  /** Where the latest lines began, one step and epoch (NaN where none is logged) for each. */
  readonly steps: readonly number[];
  readonly epochs: readonly number[];
}

interface Layer {
  readonly binding: Binding;
  readonly logged: number;
  /** Its latest norm; NaN before one that counts. */
  readonly norm: number;
}

const START: LayersState = { first: null, last: null, quotients: [], said: false, steps: [], epochs: [] };

/** Lines over which the quotient is taken. */
const LINES = 20;
/** Distance below the limit at which it is over, as a logarithm. */
const BACK = 0.5;

function update(before: LayersState, { steps, epochs, columns }: Rows, limit: number): Step<LayersState> {
  const says: Said[] = [];
  let state = before;
  for (let at = 0; at < steps.length; at++) {
    let { first, last } = state;
    for (const { binding, logged, values } of columns) {
      const norm = values[at];
      if (Number.isNaN(norm)) continue;
      const layer = { binding, logged, norm: norm > 0 && norm < Infinity ? norm : NaN };
      if (first === null || logged <= first.logged) first = layer;
      if (last === null || logged >= last.logged) last = layer;
    }
    if (first?.logged !== state.first?.logged || last?.logged !== state.last?.logged) {
      // Another layer than before: what was compared does not count.
      state = { ...START, said: state.said };
    }
    state = { ...state, first, last };
    const has = columns.some(({ logged, values }) => logged === last?.logged && !Number.isNaN(values[at]));
    if (!has || first === null || last === null || first === last) continue;
    const quotient = Math.log10(first.norm / last.norm);
    if (Number.isNaN(quotient)) continue;
    state = {
      ...state,
      quotients: keep(state.quotients, quotient, LINES),
      steps: keep(state.steps, steps[at], LINES),
      epochs: keep(state.epochs, epochs[at], LINES),
    };
    if (state.quotients.length < LINES) continue;
    const level = median(state.quotients);
    if (!state.said && Math.abs(level) > limit) {
      says.push(apart(level, state, at));
      state = { ...state, said: true };
    } else if (state.said && Math.abs(level) < limit - BACK) {
      says.push(together(level, state, at));
      state = { ...state, said: false };
    }
  }
  return { state, says };
}

const KEY = 'layers';

function apart(level: number, { first, last, steps, epochs }: LayersState, at: number): Said {
  const epoch = Number.isNaN(epochs[0]) ? null : epochs[0];
  const when = atEpoch(steps[0], epoch);
  const times = number(10 ** Math.abs(level));
  const vanish = level < 0;
  const series = [first!.binding.series, last!.binding.series];
  return {
    key: KEY,
    status: 'open',
    severity: 'warning',
    series: vanish ? series : series.reverse(),
    from: steps[0],
    epoch,
    at,
    title: vanish
      ? `Gradients vanish on the way to the first layer: since ${when} ${series[0]} is ${times} times below ${series[1]}`
      : `Gradients grow on the way to the first layer: since ${when} ${series[1]} is ${times} times above ${series[0]}`,
    verdict: vanish
      ? 'Gradients vanish in the first layers: use residual connections or normalisation'
      : 'Gradients grow towards the first layers: check the initialisation, add normalisation',
    evidence: {
      'first layer’s norm over the last one’s': 10 ** level,
      'first layer’s norm': first!.norm,
      'last layer’s norm': last!.norm,
    },
    advice: vanish
      ? [
          'Use residual connections, or normalisation between the layers: each layer then passes on a gradient of about the size it gets',
          'Replace sigmoid and tanh by ReLU or GELU: a saturated unit passes on next to nothing',
          'Use an initialisation that fits the activation (He for ReLU, Xavier for tanh): weights that are too small shrink gradients from layer to layer',
        ]
      : [
          'Check the initialisation: weights that are too large multiply gradients from layer to layer',
          'Add normalisation between the layers, and clip the gradient norm: the first layers take steps far larger than the last ones',
        ],
  };
}

function together(level: number, { first, last }: LayersState, at: number): Said {
  return resolved(
    `${first!.binding.series} and ${last!.binding.series} are no longer far apart: ${number(10 ** level)} to 1`,
    { key: KEY, at },
  );
}
