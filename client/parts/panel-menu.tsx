import type { ComponentChildren, JSX } from 'preact';
import { useApp } from '../app-context.ts';
import { moved, pinned } from '../chart-arrangement.ts';
import { Menu } from './menu.tsx';

/** Where a chart stands among those under its heading. */
export interface Standing {
  readonly project: string;
  /** Keys of the charts under the heading, as they stand. */
  readonly keys: readonly string[];
}

/** What can be done with a chart. @param props.children further entries */
export function PanelMenu(props: {
  chart: string;
  title: string;
  standing: Standing;
  children?: ComponentChildren;
}): JSX.Element {
  const { charts } = useApp();
  const { chart, title } = props;
  const { project, keys } = props.standing;
  const arrangement = charts.arrangement(project);
  const at = keys.indexOf(chart);
  const isPinned = arrangement.value.pinned.includes(chart);
  const move = (to: number): void => {
    arrangement.value = moved(arrangement.value, keys, chart, to);
  };
  return (
    <Menu label="⋯" name={`${title}: more`} testid="chart-menu">
      <button
        type="button"
        class="quiet"
        data-testid="pin-chart"
        onClick={() => (arrangement.value = pinned(arrangement.value, chart))}
      >
        {isPinned ? 'Unpin' : 'Pin to the top'}
      </button>
      <button
        type="button"
        class="quiet"
        disabled={at <= 0}
        data-testid="move-up"
        onClick={() => move(at - 1)}
      >
        Move before
      </button>
      <button
        type="button"
        class="quiet"
        disabled={at < 0 || at === keys.length - 1}
        data-testid="move-down"
        onClick={() => move(at + 1)}
      >
        Move after
      </button>
      {props.children}
    </Menu>
  );
}
