import { effect, signal } from '@preact/signals';
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import { createAlerts } from './alerts.ts';
import { browserStore } from './browser-store.ts';
import { Page } from './page.tsx';
import { AppProvider, type App } from './app-context.ts';
import type { Span } from './chart/range.ts';
import { createRedraw } from './chart/redraw.ts';
import { createFeed } from './feed.ts';
import { createNotifier } from './notify.ts';
import { createPalette } from './palette.ts';
import { createRoute, runAddress } from './route.ts';
import { connect, type Socket, type Wire } from './socket.ts';
import { createState } from './state.ts';
import './styles.css';
import { markTab } from './tab.ts';
import { createTheme } from './theme.ts';

/** Numbers beside charts change at most this often, ms: text that flickers cannot be read. */
const PULSE = 250;

const store = browserStore();
const state = createState();
const route = createRoute();
const palette = createPalette();
const notifier = createNotifier();
const redraw = createRedraw<Element>({
  frame: (task) => void requestAnimationFrame(task),
  now: () => performance.now(),
  watch: watchVisibility(),
});
const alerts = createAlerts(store, (finding) => {
  const name = state.runs.get(finding.run)?.value.name ?? finding.run;
  notifier.raise(finding, name, () => (location.hash = runAddress(finding.run)));
});
const listeners = new Set<(series: ReadonlySet<string>) => void>();
const zoom = signal<Span | null>(null);

const feed = createFeed(() => socket, {
  frame: (frame) => {
    const findings = state.apply(frame, Date.now());
    if (frame.kind === 'snapshot') feed.ask(pixelColumns());
    if (frame.kind === 'snapshot' || findings.length > 0) alerts.take(findings, frame.kind === 'snapshot');
  },
  points: (_, series) => listeners.forEach((listen) => listen(series)),
});

const socket: Socket = connect(
  {
    open: openWire,
    now: () => Date.now(),
    random: () => Math.random(),
    later: (task, ms) => void setTimeout(task, ms),
  },
  { connection: (now) => (state.connection.value = now), frame: (data) => feed.receive(data) },
);

const app: App = {
  state,
  feed,
  route,
  alerts,
  notifier,
  palette,
  redraw,
  listeners,
  zoom,
  theme: createTheme(store, () => {
    palette.clear();
    redraw.markAll();
  }),
  cursor: signal(null),
  lit: signal(null),
  chosen: signal(null),
  retry: () => socket.retry(),
};

effect(() => {
  feed.open(route.value);
  zoom.value = null;
  scrollTo(0, 0);
});
for (const shown of [zoom, app.lit]) shown.subscribe(() => redraw.markAll());
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

const root = document.getElementById('app');
if (root) {
  root.replaceChildren();
  render(
    <AppProvider value={app}>
      <Page />
    </AppProvider>,
    root,
  );
}

function openWire(): Wire {
  const address = new URL('api/viewer', location.href.replace(/[?#].*$/, ''));
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  const wire = new WebSocket(address);
  wire.binaryType = 'arraybuffer';
  return wire as Wire;
}

/** Device pixels of the widest chart that the window can hold. */
function pixelColumns(): number {
  return Math.min(innerWidth, 1600) * Math.min(devicePixelRatio, 2);
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
