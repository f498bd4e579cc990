import type { JSX } from 'preact';
import { runAddress } from '../../address.ts';
import { useApp } from '../../app-context.ts';
import { configOf, differingKeys } from '../../runs/config.ts';
import { Scatter } from '../scatter.tsx';
import type { Shown } from './shown.ts';

/** One numeric setting against the best value. */
export function Against({ runs, colors }: Shown): JSX.Element | null {
  const { location } = useApp();
  const judged = runs.filter(({ best }) => best !== null);
  const keys = differingKeys(judged).filter(
    (key) => judged.filter((run) => typeof configOf(run).get(key) === 'number').length > 1,
  );
  if (keys.length === 0) return null;
  const key = keys.find((one) => one === location.param('against')) ?? keys[0];
  const dots = judged.flatMap((run) => {
    const x = configOf(run).get(key);
    return typeof x === 'number'
      ? [
          {
            name: run.name,
            color: colors.get(run.run) ?? '--line-1',
            href: runAddress(run.run),
            x,
            y: run.best!.value,
          },
        ]
      : [];
  });
  return (
    <section class="card" aria-labelledby="against-title">
      <div class="row-line">
        <h2 id="against-title">Best value against</h2>
        <select
          aria-label="Setting"
          data-testid="against"
          value={key}
          onChange={(event) => location.show({ against: event.currentTarget.value })}
        >
          {keys.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </div>
      <Scatter dots={dots} x={key} y={`best ${judged[0].best!.series}`} />
    </section>
  );
}
