import type { App } from './app-context.ts';
import { runAddress } from './address.ts';
import { pressOnCharts } from './chart-keys.ts';

/** What the keys do, for the sheet that explains them. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['/', 'Filter runs'],
  ['j k', 'Next and previous run'],
  ['Enter', 'Open the run'],
  ['x', 'Select the run, to compare'],
  ['c', 'Compare the selected runs'],
  ['p', 'Pin the run, or let go of it'],
  ['e', 'Rename, tag and note the run'],
  ['a', 'Charts by step, epoch, wall time or relative time'],
  ['l L', 'Logarithmic values, or steps; or linear ones'],
  ['[ ]', 'Smooth the curves less, or more'],
  ['o', 'Leave outliers out of view, or show them'],
  ['f', 'Follow the newest steps; once more: all of them, or the last ones'],
  ['z', 'Let go of the zoom: show all steps'],
  ['w', 'Smaller, middling or larger charts'],
  ['s', 'Search the charts'],
  ['d', 'Findings, or detectors to try'],
  ['t', 'Time travel: the run as of an earlier step, or back to live'],
  [', .', 'As of the point before, or the next one'],
  ['< >', 'As of where a finding changed before, or next'],
  ['g r', 'Go to the runs'],
  ['g a', 'Go to the alerts'],
  ['g s', 'Go to the settings'],
  ['Esc', 'Close, or let go of what is selected'],
  ['?', 'This sheet'],
];

/** How long after g the second key may come, ms. */
const CHORD = 1_200;

/** Listens to the keyboard, unless someone writes or a modifier is held. */
export function listenToKeys(app: App): void {
  /** When g was pressed, ms. */
  let prefix = -Infinity;
  addEventListener('keydown', (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
    if (event.key === 'Escape') {
      escape(app);
      return;
    }
    if (isWriting(event.target)) return;
    const chord = performance.now() - prefix < CHORD;
    prefix = event.key === 'g' && !chord ? performance.now() : -Infinity;
    const done = chord ? go(event.key) : press(app, event.key);
    if (done) event.preventDefault();
  });
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable ||
      target.closest('input:not([type=checkbox], [type=radio], [type=range]), textarea, select, dialog') !==
        null)
  );
}

function go(key: string): boolean {
  const to = { r: '#/', a: '#/alerts', s: '#/settings' }[key];
  if (to !== undefined) location.hash = to;
  return to !== undefined;
}

function escape(app: App): void {
  if (app.keysShown.value) app.keysShown.value = false;
  else if (isWriting(document.activeElement)) (document.activeElement as HTMLElement).blur();
  else if (app.charts.pin.value !== null) app.charts.pin.value = null;
  else if (app.zoom.value) app.zoom.value = null;
  else if (app.selected.value.size > 0) app.selected.value = new Set();
}

function press(app: App, key: string): boolean {
  const { state, location: shown } = app;
  const { view } = shown.address.value;
  const here = focusedRun(app);
  const run = here === null ? undefined : state.runs.get(here)?.value;
  switch (key) {
    case '?':
      app.keysShown.value = !app.keysShown.value;
      return true;
    case '/':
      document.querySelector<HTMLElement>('[data-testid=filter]')?.focus();
      return true;
    case 'j':
    case 'k':
      return move(app, key === 'j' ? 1 : -1);
    case 'x':
      if (run) app.selected.value = toggled(app.selected.value, run.run);
      return run !== undefined;
    case 'c':
      if (app.selected.value.size > 0)
        location.hash = `#/compare?runs=${[...app.selected.value].map(encodeURIComponent).join(',')}`;
      return true;
    case 'p':
      if (run && state.mayWrite.value) void app.actions.edit(run.run, { pinned: !run.pinned });
      return run !== undefined;
    case 'e':
      if (run && state.mayWrite.value) app.editing.value = run.run;
      return run !== undefined;
    case 'd':
      shown.show({ panel: shown.param('panel') ? null : 'detectors' });
      return true;
    case 't':
      if (typeof run?.step !== 'number' || app.route.value === null) return false;
      app.travel.go(app.travel.asof.value === null ? run.step : null);
      return true;
    case ',':
    case '.':
    case '<':
    case '>':
      if (app.travel.asof.value === null) return false;
      document.dispatchEvent(new CustomEvent('tidemark:travel', { detail: key }));
      return true;
    default:
      return (view === 'run' || view === 'compare') && pressOnCharts(app, key);
  }
}

/** The run that is open, or whose row has the focus. */
function focusedRun({ route }: App): string | null {
  if (route.value !== null) return route.value;
  return document.activeElement?.closest<HTMLElement>('[data-run]')?.dataset.run ?? null;
}

/** Asks the table, or the list, to move on by one; in a run it opens the next one. */
function move(app: App, by: number): boolean {
  if (app.route.value === null)
    return !document.dispatchEvent(new CustomEvent('tidemark:move', { detail: by, cancelable: true }));
  const ids = app.state.order.value;
  const next = ids.at(Math.max(0, ids.indexOf(app.route.value) + by));
  if (next !== undefined) location.hash = runAddress(next);
  return true;
}

export function toggled(set: ReadonlySet<string>, one: string): Set<string> {
  const changed = new Set(set);
  if (!changed.delete(one)) changed.add(one);
  return changed;
}
