/** Set where `npm run bench` runs a bench, and reads its figures. */
const ASKED = 'TIDEMARK_BENCH_FIGURES';

/** The environment of a bench that is to tell its figures. */
export const askForFigures = (): NodeJS.ProcessEnv => ({ ...process.env, [ASKED]: '1' });

/** Tells a figure to `npm run bench`, on a line of its own; of no effect where a person runs the bench. */
export function figure(name: string, value: number): void {
  if (process.env[ASKED] !== undefined) console.log(`figure ${name} ${value}`);
}

/** The figures among what a bench has printed, and the rest of it. */
export function readFigures(text: string): { figures: Map<string, number>; rest: string } {
  const figures = new Map<string, number>();
  const rest: string[] = [];
  for (const line of text.split('\n')) {
    const found = /^figure (\S+) (\S+)$/.exec(line);
    if (found) figures.set(found[1], Number(found[2]));
    else rest.push(line);
  }
  return { figures, rest: rest.join('\n') };
}
