import { from, lastValueFrom, toArray } from 'rxjs';
import { analyse } from '../../../../server/pipeline/pipeline.ts';
import type { Finding } from '../../../../shared/finding.ts';
import { generate, type Rhythm } from './draw.ts';
import { KINDS } from './plan.ts';

/** One finding from its opening to its last state. */
export interface Life {
  readonly detector: string;
  readonly opened: number;
  /** The step at which it first was a warning or worse; null: it stayed a remark. */
  readonly warned: number | null;
}

/** What is said of one run with all detectors. */
export interface Outcome {
  readonly kind: string;
  readonly rhythm: Rhythm;
  readonly onset: number;
  readonly lives: readonly Life[];
  /** Scales at which something else is said. */
  readonly differs: readonly number[];
  /** Detectors that say something else there. */
  readonly differing: readonly string[];
}

/** Generates every kind at every size of noise, and at every scale. */
export async function outcomes(rhythm: Rhythm): Promise<Outcome[]> {
  const found: Outcome[] = [];
  for (const [k, kind] of Object.keys(KINDS).entries()) {
    for (const [n, noise] of rhythm.noises.entries()) {
      for (let i = 0; i < rhythm.draws; i++) {
        const seed = 1 + i + 100 * n + 1000 * k;
        const said: Finding[][] = [];
        let onset = 0;
        for (const scale of rhythm.scales) {
          const made = generate(kind, rhythm, noise, scale, seed);
          onset = made.onset;
          const analyses = await lastValueFrom(from(made.inputs).pipe(analyse(), toArray()));
          said.push(analyses.flatMap(({ findings }) => findings));
        }
        const [plain, ...scaled] = said;
        const differs = rhythm.scales.slice(1).filter((_, s) => outline(scaled[s]) !== outline(plain));
        const differing = new Set(scaled.flatMap((some) => unlike(plain, some).concat(unlike(some, plain))));
        found.push({ kind, rhythm, onset, lives: livesOf(plain), differs, differing: [...differing] });
      }
    }
  }
  return found;
}

function outline(findings: readonly Finding[]): string {
  return findings.map(sketch).join('\n');
}

function sketch({ detector, severity, status, step, until }: Finding): string {
  return [detector, severity, status, step, until].join(' ');
}

function unlike(some: readonly Finding[], others: readonly Finding[]): string[] {
  const there = new Set(others.map(sketch));
  return some.filter((one) => !there.has(sketch(one))).map(({ detector }) => detector);
}

function livesOf(findings: readonly Finding[]): Life[] {
  const lives = new Map<string, Life>();
  for (const { id, detector, severity, step, until } of findings) {
    const before = lives.get(id) ?? { detector, opened: step, warned: null };
    lives.set(id, { ...before, warned: before.warned ?? (severity === 'info' ? null : until) });
  }
  return [...lives.values()];
}
