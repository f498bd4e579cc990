import type uPlot from 'uplot';
import type { Finding } from '../../shared/finding.ts';
import type { Line } from '../series.ts';
import { SHAPES } from '../shapes.ts';
import { isTrial } from '../trial.ts';

/** Marks drawn at most on one chart; a run in real trouble has more findings than a curve has room. */
const MOST = 40;
/** Size of a mark and least distance of two, in CSS pixels. */
const SIZE = 18;

/**
 * Places a button on the curve for each finding, at the step where it was said and the value there. Buttons rather
 * than strokes on the canvas, so that a keyboard and a screen reader reach them.
 */
export class Marks {
  readonly #over: HTMLElement;
  readonly #buttons = new Map<string, HTMLButtonElement>();
  readonly #on: { point(finding: string | null): void; choose(finding: string): void };

  constructor(over: HTMLElement, on: { point(finding: string | null): void; choose(finding: string): void }) {
    this.#over = over;
    this.#on = on;
  }

  /**
   * @param lineOf the line that a finding is drawn on
   * @param at the place of a step of an attempt
   */
  place(
    u: uPlot,
    findings: readonly Finding[],
    lineOf: (finding: Finding) => Line | undefined,
    at: (step: number, attempt: number) => number,
    lit: string | null,
  ): void {
    const shown = findings.slice(0, MOST);
    const kept = new Set(shown.map(({ id }) => id));
    for (const [id, button] of this.#buttons)
      if (!kept.has(id)) {
        button.remove();
        this.#buttons.delete(id);
      }
    const { min = 0, max = 0 } = u.scales.x;
    // Not asked of the element: that would have the page laid out anew at every drawing.
    const [width, height] = [u.bbox.width / devicePixelRatio, u.bbox.height / devicePixelRatio];
    const placed: { x: number; y: number }[] = [];
    for (const finding of shown) {
      const button = this.#button(finding);
      const place = at(finding.step, finding.attempt);
      button.hidden = !(place >= min && place <= max);
      if (button.hidden) continue;
      const x = clamp(u.valToPos(place, 'x'), 0, width);
      const value = valueAt(lineOf(finding), finding.step);
      const foot = height - SIZE;
      const top = value === null ? foot : u.valToPos(value, 'y');
      // A logarithmic axis has no place for some values.
      let y = clamp(Number.isFinite(top) ? top : foot, SIZE / 2, height - SIZE / 2);
      while (placed.some((other) => Math.abs(other.x - x) < SIZE && Math.abs(other.y - y) < SIZE)) y -= SIZE;
      placed.push({ x, y });
      button.style.transform = `translate(${Math.round(x - SIZE / 2)}px, ${Math.round(y - SIZE / 2)}px)`;
      button.classList.toggle('lit', finding.id === lit);
    }
  }

  #button(finding: Finding): HTMLButtonElement {
    const { id, severity, status, title, step } = finding;
    let button = this.#buttons.get(id);
    if (!button) {
      button = document.createElement('button');
      button.type = 'button';
      button.dataset.testid = 'mark';
      button.dataset.finding = id;
      const swallow = (event: Event): void => event.stopPropagation();
      for (const kind of ['mousedown', 'dblclick']) button.addEventListener(kind, swallow);
      for (const kind of ['mouseenter', 'focus']) button.addEventListener(kind, () => this.#on.point(id));
      for (const kind of ['mouseleave', 'blur']) button.addEventListener(kind, () => this.#on.point(null));
      button.addEventListener('click', () => this.#on.choose(id));
      this.#buttons.set(id, button);
      this.#over.append(button);
    }
    const look = `mark ${severity} ${status}${isTrial(finding) ? ' trial' : ''}`;
    if (button.dataset.look !== look) {
      button.dataset.look = look;
      button.className = look;
      button.replaceChildren(shape(SHAPES[severity]));
    }
    button.title = isTrial(finding) ? `It would say: ${title}` : title;
    button.setAttribute('aria-label', `${severity}, step ${step}: ${title}`);
    return button;
  }
}

/** The value nearest to a step; null where there is none or it is not finite. */
function valueAt(line: Line | undefined, step: number): number | null {
  const index = line?.nearest(step) ?? -1;
  if (!line || index < 0) return null;
  return Number.isFinite(line.values[index]) ? line.values[index] : null;
}

function shape(path: string): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  drawn.setAttribute('d', path);
  svg.append(drawn);
  return svg;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
