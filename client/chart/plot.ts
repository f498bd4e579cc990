import uPlot from 'uplot';
import type { Kind } from './axis.ts';
import { axes } from './axes.ts';
import { listenToTouch } from './touch.ts';

export interface PlotEvents {
  /** The values to show, asked at every drawing. */
  readonly range: () => [min: number, max: number];
  readonly drawUnder: (u: uPlot) => void;
  readonly drawOver: (u: uPlot) => void;
  readonly cursor: (u: uPlot) => void;
  /** Something was dragged over. */
  readonly select: (u: uPlot) => void;
  readonly click: (u: uPlot) => void;
  readonly doubleClick: () => void;
}

/** Dragged over less than this, in CSS pixels, it is a click. */
const DRAG = 6;
/** uPlot's numbers for linear and logarithmic axes; its declarations have them as types only. */
// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- see above
const distribution = (log: boolean): uPlot.Scale.Distr => (log ? 3 : 1);

/**
 * A plot without lines: uPlot gives axes, scales, the cursor and its synchronisation over the charts of a view. Lines
 * are drawn from their own columns; see drawn-line.ts.
 */
export function createPlot(
  element: HTMLElement,
  size: { readonly width: number; readonly height: number },
  { axis, logX, logY }: Kind,
  color: (variable: string) => string,
  on: PlotEvents,
): uPlot {
  const plot = new uPlot(
    {
      ...size,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, distr: distribution(logX), range: (_, min, max) => [min, max] },
        y: { distr: distribution(logY), range: () => on.range() },
      },
      axes: axes({ axis, logX, logY }, color),
      series: [{}, { show: true, points: { show: false } }],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: DRAG },
        sync: {
          key: 'run',
          scales: ['x', null],
          filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
        },
        bind: {
          dblclick: () => () => {
            on.doubleClick();
            return null;
          },
        },
      },
      hooks: {
        drawClear: [on.drawUnder],
        draw: [on.drawOver],
        setCursor: [on.cursor],
        setSelect: [on.select],
      },
    },
    [
      [1, 2],
      [null, null],
    ],
    element,
  );
  listenToClicks(plot, on);
  listenToTouch(plot, () => on.select(plot));
  return plot;
}

/** A click is where a button was pressed and let go of without a drag between. */
function listenToClicks(plot: uPlot, on: PlotEvents): void {
  let pressed: number | null = null;
  plot.over.addEventListener('mousedown', ({ button, clientX }) => (pressed = button === 0 ? clientX : null));
  plot.over.addEventListener('click', ({ clientX, target }) => {
    if (target === plot.over && pressed !== null && Math.abs(clientX - pressed) < DRAG) on.click(plot);
  });
}
