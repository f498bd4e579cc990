import type uPlot from 'uplot';
import type { Line } from '../series.ts';

/** Shows which point of each line the readout names: a dot on the curve, in the line's colour. */
export class Dots {
  readonly #over: HTMLElement;
  readonly #dots: HTMLElement[] = [];

  constructor(over: HTMLElement) {
    this.#over = over;
  }

  /** @param step under the cursor; null hides the dots */
  place(u: uPlot, lines: readonly Line[], step: number | null, colorOf: (line: Line) => string): void {
    if (step === null) return this.#dots.forEach((dot) => (dot.hidden = true));
    while (this.#dots.length < lines.length) this.#dots.push(this.#create());
    this.#dots.forEach((dot, i) => {
      const line = lines.at(i);
      const index = i < lines.length && line ? line.nearest(step) : -1;
      dot.hidden = !line || index < 0 || !Number.isFinite(line.values[index]);
      if (dot.hidden || !line) return;
      const x = u.valToPos(line.steps[index], 'x');
      dot.hidden = x < 0 || x > u.over.clientWidth;
      dot.style.background = colorOf(line);
      dot.style.transform = `translate(${x}px, ${u.valToPos(line.values[index], 'y')}px)`;
    });
  }

  #create(): HTMLElement {
    const dot = document.createElement('i');
    dot.className = 'dot';
    this.#over.append(dot);
    return dot;
  }
}
