import 'uplot/dist/uPlot.min.css';
import './styles.css';
import './styles/charts.css';
import './styles/deleted.css';
import './styles/embed.css';
import './styles/travel.css';
import { computed, effect, signal } from '@preact/signals';
import { render } from 'preact';
import { createAlerts } from './alerts.ts';
import { browserStore } from './browser-store.ts';
import { Page } from './page.tsx';
import { AppProvider, type App } from './app-context.ts';
import { createChartState } from './chart-state.ts';
import { afterPainting } from './chart/after-painting.ts';
import { createRedraw } from './chart/redraw.ts';
import type {} from './early.ts';
import { createFeed } from './feed.ts';
import { createNotifier } from './notify.ts';
import { createOpening } from './opening.ts';
import { loadLate } from './load-late.ts';
import { createPalette } from './palette.ts';
import { createTimeTravel } from './past.ts';
import { runAddress, runsOf } from './address.ts';
import { createLocation } from './location.ts';
import { createActions } from './actions.ts';
import { ask } from './api.ts';
import { connect, type Socket, type Wire } from './socket.ts';
import { createState } from './state.ts';
import { markTab } from './tab.ts';
import { createTheme } from './theme.ts';
import { createToasts } from './toasts.ts';
import { openWire, pixelColumns } from './wire.ts';
import { listenToKeys } from './keys.ts';

/** Numbers beside charts change at most this often, ms: text that flickers cannot be read. */
const PULSE = 250;

/** The page stays empty for so long at most, ms, while the server is asked; and so long for points, once it has told its runs. */
const BLANK = 150;
const NEARLY = 50;

const { early } = globalThis;
const store = browserStore();
let begun = false;
/** Connections opened. */
let opened = 0;
const state = createState();
const location = createLocation();
const palette = createPalette();
const notifier = createNotifier(store);
const redraw = createRedraw<Element>({
  frame: (task) => void requestAnimationFrame(task),
  later: (task, ms) => void setTimeout(task, ms),
  painted: afterPainting(),
  now: () => performance.now(),
  watch: watchVisibility(),
});
const opening = createOpening({
  shown: (task) => void requestAnimationFrame(() => setTimeout(task)),
  later: (task, ms) => void setTimeout(task, ms),
});
const toasts = createToasts((task, ms) => void setTimeout(task, ms));
const alerts = createAlerts({
  store,
  clock: state.clock,
  announce: (finding) => {
    const name = state.runs.get(finding.run)?.value.name ?? finding.run;
    notifier.raise(finding, name, () => (globalThis.location.hash = runAddress(finding.run)));
  },
  act: () =>
    state.mayWrite.value
      ? (action) =>
          void ask('POST', 'alerts', action).then((answer) => {
            if (!answer.ok) toasts.say(answer.fault.message, { wrong: true });
          })
      : null,
});
const listeners = new Set<(series: ReadonlySet<string>, run: string) => void>();
const charts = createChartState(location, store, (span, from, to) => {
  // Of runs that are compared, the baseline's.
  const base = location.address.peek().params.get('base');
  const looks = feed.looks.peek();
  const points = (looks.find(({ run }) => run === base) ?? looks.at(0))?.points;
  if (!points) return null;
  const [before, after] = [points.places(from), points.places(to)];
  const ends = span.map((place) => after.at(before.stepAt(place)));
  return ends[0] < ends[1] ? [ends[0], ends[1]] : null;
});
const { zoom, pin, settings } = charts;

const feed = createFeed(() => socket, {
  frame: (frame) => {
    if (frame.kind === 'alerts' || frame.kind === 'snapshot') alerts.mark(frame.alerts);
    const findings = state.apply(frame, Date.now());
    if (frame.kind === 'snapshot') {
      const looks = feed.looks.peek();
      opening.known(frame.runs.some(({ run }) => looks.some((look) => look.run === run)));
      if (looks.length === 0) begin();
      else setTimeout(begin, NEARLY);
    }
    if (frame.kind === 'snapshot') alerts.take(findings, 'snapshot');
    else if (frame.kind === 'update' && findings.length > 0)
      alerts.take(findings, frame.rest ? 'rest' : 'update');
  },
  points: ({ run }, series) => {
    begin();
    listeners.forEach((listen) => listen(series, run));
    // The first chart is not kept waiting for a frame; nor is what comes later, for the frame is painted the sooner
    // where there is nothing left to draw. Of several runs, charts are drawn once for all of them.
    if (!opening.over.peek()) redraw.now();
    else if (!document.hidden && feed.looks.peek().length === 1) redraw.ahead();
  },
});

const socket: Socket = connect(
  {
    open: () => {
      opened += 1;
      return opened === 1 ? early.wire : (openWire() as Wire);
    },
    now: () => Date.now(),
    random: () => Math.random(),
    later: (task, ms) => void setTimeout(task, ms),
  },
  {
    connection: (now) => {
      const opens = now.state === 'open' && state.connection.peek().state !== 'open';
      state.connection.value = now;
      // Not once the runs are known: points come right behind them.
      if (opens) feed.ask(pixelColumns(), opened === 1 ? early.asked : null);
      if (now.state === 'refused') begin();
    },
    frame: (data) => feed.receive(data),
  },
);

const app: App = {
  state,
  feed,
  location,
  route: location.route,
  ask,
  toasts,
  actions: createActions(ask, toasts),
  alerts,
  travel: createTimeTravel(
    { location, state, ask },
    {
      later: (task, ms) => setTimeout(task, ms),
      cancel: (handle) => clearTimeout(handle as number),
    },
  ),
  opening,
  notifier,
  palette,
  redraw,
  listeners,
  charts,
  zoom,
  theme: createTheme(store, () => {
    palette.clear();
    redraw.markAll();
  }),
  cursor: signal(null),
  lit: signal(null),
  chosen: signal(null),
  trial: signal(null),
  selected: signal(new Set<string>()),
  editing: signal(null),
  keysShown: signal(false),
  retry: () => socket.retry(),
};

const viewed = computed(() => runsOf(location.address.value).join());
effect(() => {
  feed.open(viewed.value.split(',').filter((run) => run !== ''));
  app.trial.value = null;
  scrollTo(0, 0);
});
/** What charts are zoomed to, and by which axis: with it, the stretches change that are asked for. */
const stretch = computed(() => JSON.stringify([zoom.value, settings.value.axis, settings.value.follow]));
stretch.subscribe(() => feed.looks.peek().forEach(({ points }) => points.detail.turn()));
for (const shown of [zoom, pin, settings, app.lit, app.trial]) shown.subscribe(() => redraw.markAll());
effect(() => {
  const shows = opening.over.value || app.route.value === null || state.connection.value.state === 'refused';
  if (shows) loadLate(() => toasts.say('The page could not be loaded. Load it again.', { wrong: true }));
});
markTab(alerts.pending);
setInterval(() => {
  state.tick(Date.now());
  feed.pulse();
}, PULSE);
addEventListener('online', () => socket.retry());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) socket.retry();
});
widenView();
listenToKeys(app);
early.replay();

// Series and points come right behind the runs: the page is made once, with all of them.
setTimeout(begin, BLANK);

/** Makes the page, the first time that it is called. */
function begin(): void {
  const root = document.getElementById('app');
  if (!root || begun) return;
  begun = true;
  root.replaceChildren();
  render(
    <AppProvider value={app}>
      <Page />
    </AppProvider>,
    root,
  );
}

/** Asks for more points once the window has become much wider than what was asked for. */
function widenView(): void {
  let asked = pixelColumns();
  addEventListener('resize', () => {
    if (pixelColumns() < asked * 1.5) return;
    asked = pixelColumns();
    feed.ask(asked);
  });
}

/** One observer for all charts. */
function watchVisibility(): (element: Element, seen: (visible: boolean) => void) => () => void {
  const watched = new Map<Element, (visible: boolean) => void>();
  const observer = new IntersectionObserver(
    (entries) => entries.forEach(({ target, isIntersecting }) => watched.get(target)?.(isIntersecting)),
    { rootMargin: '120px' },
  );
  return (element, seen) => {
    watched.set(element, seen);
    observer.observe(element);
    return () => {
      watched.delete(element);
      observer.unobserve(element);
    };
  };
}
