import type { Finding } from '../../../shared/finding.ts';
import type { RunState } from '../../../shared/frames.ts';
import type { PointColumns } from '../../../shared/points.ts';
import type { Role, Split } from '../../../shared/lines.ts';
import type { Curve, Scene } from './mock-feed.ts';

const NOW = Date.now() / 1000;

export function aRun(run: string, more: Partial<RunState> = {}): RunState {
  return {
    run,
    project: 'digits',
    name: run,
    config: { optimizer: { name: 'sgd', lr: 0.05 }, batch: 32, layers: [64, 256, 256, 10] },
    tags: [],
    notes: '',
    summary: {},
    group: '',
    job: '',
    host: '',
    status: 'running',
    stop: 'never',
    stopSet: null,
    created: NOW - 720,
    heard: NOW,
    ended: null,
    reason: '',
    step: 3999,
    epoch: 99,
    attempt: 0,
    ranks: [0],
    points: 12_204,
    loss: { series: 'val/loss', step: 3999, value: 0.4123 },
    best: null,
    trend: { series: 'val/loss', values: Array.from({ length: 48 }, (_, i) => 2 * Math.exp(-i / 12) + 0.4) },
    rate: 5.6,
    pinned: false,
    archived: false,
    deleted: false,
    settings: [],
    verdict: 'Healthy, still improving',
    request: null,
    missing: 0,
    ...more,
  };
}

export function aFinding(id: string, run: string, more: Partial<Finding> = {}): Finding {
  return {
    id,
    run,
    attempt: 0,
    detector: 'divergence',
    severity: 'critical',
    status: 'open',
    series: ['train/loss'],
    from: 900,
    step: 960,
    until: 1100,
    epoch: 22,
    time: NOW - 95,
    title: 'Training loss has run away: 14 times its best since step 900',
    evidence: { relative_rise: 14.02, best_loss: 0.41, robust_sigma: 11.2 },
    advice: [
      'Lower the learning rate to about a third: the loss grew faster than noise explains.',
      'Clip gradients at norm 1, and go on from the checkpoint before step 900.',
    ],
    ...more,
  };
}

/** Points at every `stride`th step up to `end`. */
export function points(end: number, stride: number, value: (step: number) => number): PointColumns {
  const count = Math.floor(end / stride);
  const steps = Float64Array.from({ length: count }, (_, i) => (i + 1) * stride - 1);
  return {
    steps,
    times: steps.map((step) => NOW - 700 + (step / end) * 698),
    values: steps.map((step) => value(step)),
  };
}

export function aCurve(series: string, role: Role, split: Split | null, columns: PointColumns): Curve {
  const quantity = series.replace(/^(train|val|test)\//, '');
  return { series, rank: 0, role, split, quantity, goal: null, points: columns };
}

/** Numbers from [0, 1), the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One run of each kind, with everything the page can show. */
export function busyScene(): Scene {
  const noise = random(7);
  const shake = (size: number): number => 1 + size * (noise() + noise() + noise() - 1.5);
  const overfit: Curve[] = [
    aCurve(
      'train/loss',
      'loss',
      'train',
      points(4000, 4, (s) => (2.2 * Math.exp(-s / 500) + 0.02) * shake(0.35)),
    ),
    aCurve(
      'val/loss',
      'loss',
      'validation',
      points(
        4000,
        40,
        (s) =>
          (1.9 * Math.exp(-s / 420) + 0.3 + s * 6e-5 + (s > 1700 ? (s - 1700) * 1.1e-4 : 0)) * shake(0.03),
      ),
    ),
    aCurve(
      'train/acc',
      'metric',
      'train',
      points(4000, 40, (s) => 1 - 0.9 * Math.exp(-s / 520)),
    ),
    aCurve(
      'val/acc',
      'metric',
      'validation',
      points(4000, 40, (s) => (0.93 - 0.85 * Math.exp(-s / 450)) * shake(0.008)),
    ),
    aCurve(
      'lr',
      'lr',
      null,
      points(4000, 40, (s) => 0.05 * 0.5 * (1 + Math.cos((Math.PI * s) / 4000))),
    ),
    aCurve(
      'grad_norm',
      'grad_norm',
      null,
      points(4000, 4, (s) => (3 * Math.exp(-s / 900) + 0.3) * shake(0.7)),
    ),
    aCurve(
      'step_time',
      'step_time',
      null,
      points(4000, 20, () => 0.0123 * shake(0.2)),
    ),
    aCurve(
      'epoch',
      'epoch',
      null,
      points(4000, 40, (s) => Math.floor(s / 40)),
    ),
    aCurve(
      'gpu/memory',
      'other',
      null,
      points(4000, 80, (s) => 4.1e9 + (s % 400) * 1e6),
    ),
    aCurve(
      'gpu/utilisation',
      'other',
      null,
      points(4000, 80, () => 0.92 * shake(0.05)),
    ),
  ];
  const diverging: Curve[] = [0, 1].flatMap((rank) => [
    {
      ...aCurve(
        'train/loss',
        'loss',
        'train',
        points(1200, 4, (s) =>
          s > 1060
            ? s % 3
              ? NaN
              : Infinity
            : s > 900
              ? 0.5 * Math.exp((s - 900) / 48)
              : (2 * Math.exp(-s / 300) + 0.4) * shake(0.2),
        ),
      ),
      rank,
    },
  ]);
  const resumed: Curve[] = [0, 1].map((attempt) => {
    const from = attempt * 1600;
    const { steps, times, values } = points(
      2400,
      4,
      (s) => (2 * Math.exp(-(s + from) / 700) + 0.3) * shake(0.2),
    );
    const moved = { steps: steps.map((step) => step + from), times, values };
    return { ...aCurve('train/loss', 'loss', 'train', moved), attempt };
  });
  const hostile = '<img src=x onerror=alert(1)>';
  return {
    runs: [
      aRun('overfits', {
        name: 'overfits: 200 samples, wide net',
        tags: ['digits', 'mlp'],
        stop: 'best-epoch',
        best: { series: 'val/loss', step: 1719, epoch: 42, value: 0.4112, age: 57 },
        loss: { series: 'val/loss', step: 3999, value: 0.7921 },
        verdict: 'Best epoch was 42: stop. Validation loss has risen 61 % since.',
      }),
      aRun('diverges', {
        name: 'learning rate 3.0',
        created: NOW - 400,
        heard: NOW - 2,
        step: 1199,
        epoch: 29,
        ranks: [0, 1],
        loss: { series: 'train/loss', step: 1199, value: 'NaN' },
        verdict: 'Diverged at step 900: lower the learning rate',
      }),
      aRun('healthy', {
        name: 'healthy baseline',
        created: NOW - 1900,
        status: 'finished',
        ended: NOW - 300,
        heard: NOW - 300,
        verdict: 'Healthy: converged, 96.4 % on validation',
        best: { series: 'val/loss', step: 3919, epoch: 97, value: 0.1123, age: 2 },
        loss: { series: 'val/loss', step: 3999, value: 0.1131 },
      }),
      aRun('lost', {
        name: 'nightly-resnet',
        status: 'lost',
        heard: NOW - 640,
        attempt: 1,
        missing: 12,
        verdict: 'Silent for 10 min: the trainer is gone',
      }),
      aRun('failed', {
        name: 'vit-small',
        project: 'imagenet',
        status: 'failed',
        heard: NOW - 8000,
        created: NOW - 9000,
        reason: 'CUDA out of memory',
        loss: null,
        step: null,
        epoch: null,
        verdict: '',
      }),
      aRun('stopped', {
        name: 'overfits, obeyed',
        status: 'stopped',
        created: NOW - 5000,
        heard: NOW - 4000,
        ended: NOW - 4000,
        request: {
          by: 'best-epoch',
          reason: 'Best epoch was 42',
          step: 1719,
          epoch: 42,
          asked: NOW - 4010,
          acknowledged: { time: NOW - 4009, step: 2412 },
        },
        verdict: 'Stopped at its best epoch, 42',
      }),
      aRun('hostile', {
        name: hostile,
        project: '"><script>alert(1)</script>',
        created: NOW - 10_000,
        config: { [hostile]: hostile },
        tags: ['<b>bold</b>'],
        verdict: '<i>text</i>',
        status: 'finished',
        heard: NOW - 9000,
      }),
    ],
    findings: [
      aFinding('best', 'overfits', {
        detector: 'best-epoch',
        severity: 'warning',
        series: ['val/loss'],
        from: 1719,
        step: 2399,
        until: 3999,
        epoch: 42,
        title: 'Validation loss was best at epoch 42 and is not coming back',
        evidence: { best_value: 0.4112, rise_since: 0.61, validations_since: 57, robust_sigma: 9.4 },
        advice: [
          'Stop now and keep the checkpoint of epoch 42: going on costs time and gains nothing.',
          'More data, or weight decay, would move the turning point.',
        ],
      }),
      aFinding('gap', 'overfits', {
        detector: 'gap',
        severity: 'warning',
        series: ['val/loss', 'train/loss'],
        from: 1100,
        step: 1519,
        until: 3999,
        epoch: 27,
        title: 'Validation falls behind training, and the gap grows',
        evidence: { gap: 0.77, training_loss: 0.021, validation_loss: 0.792 },
        advice: [
          'Regularise: dropout or weight decay. The net can hold every sample by heart.',
          'Simplify the net, or find more data.',
        ],
      }),
      aFinding('stuck', 'overfits', {
        detector: 'plateau',
        severity: 'info',
        status: 'resolved',
        series: ['train/loss'],
        from: 120,
        step: 240,
        until: 320,
        epoch: 3,
        title: 'Training loss stood still for 5 epochs',
        evidence: { slope_per_epoch: -0.001 },
        advice: [],
      }),
      aFinding('nan', 'diverges', {
        detector: 'non-finite',
        from: 1060,
        step: 1063,
        until: 1199,
        epoch: 26,
        title: 'Training loss is not a number since step 1,063',
        evidence: { first_step: 1063, last_finite: 14.9, value: 'NaN' },
        advice: ['Lower the learning rate: the loss ran away first.'],
      }),
      aFinding('away', 'diverges'),
      aFinding('hostile', 'hostile', {
        severity: 'info',
        series: [hostile],
        title: hostile,
        evidence: { '<b>key</b>': '<i>value</i>' },
        advice: ['<a href=javascript:alert(1)>click</a>'],
      }),
    ],
    curves: new Map([
      ['overfits', overfit],
      ['diverges', diverging],
      ['lost', resumed],
      ['healthy', overfit.slice(2, 6)],
      [
        'hostile',
        [
          aCurve(
            hostile,
            'loss',
            'train',
            points(200, 1, (s) => 1 / (s + 1)),
          ),
          aCurve(
            '__proto__',
            'other',
            null,
            points(200, 1, (s) => s),
          ),
        ],
      ],
    ]),
  };
}

export const emptyScene: Scene = { runs: [], findings: [], curves: new Map() };
