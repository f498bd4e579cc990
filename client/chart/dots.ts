import type uPlot from 'uplot';
import type { DrawnLine } from './drawn-line.ts';

/** Shows which point of each line the readout names: a dot on the curve, in the line's colour. */
export class Dots {
  readonly #over: HTMLElement;
  readonly #dots: HTMLElement[] = [];

  constructor(over: HTMLElement) {
    this.#over = over;
  }

  /** @param indexOf the point of a line that is named; -1 for none. null hides the dots */
  place(u: uPlot, lines: readonly DrawnLine[], indexOf: ((drawn: DrawnLine) => number) | null): void {
    if (!indexOf) return this.#dots.forEach((dot) => (dot.hidden = true));
    while (this.#dots.length < lines.length) this.#dots.push(this.#create());
    const [width, height] = [u.bbox.width / devicePixelRatio, u.bbox.height / devicePixelRatio];
    this.#dots.forEach((dot, i) => {
      const drawn = lines.at(i);
      const index = i < lines.length && drawn ? indexOf(drawn) : -1;
      dot.hidden = true;
      if (!drawn || index < 0 || !Number.isFinite(drawn.line.values[index])) return;
      const x = u.valToPos(drawn.places[index], 'x');
      const y = u.valToPos(drawn.line.values[index], 'y');
      if (!(x >= 0 && x <= width && y >= 0 && y <= height)) return;
      dot.hidden = false;
      dot.style.background = drawn.color;
      dot.style.transform = `translate(${x}px, ${y}px)`;
    });
  }

  #create(): HTMLElement {
    const dot = document.createElement('i');
    dot.className = 'dot';
    this.#over.append(dot);
    return dot;
  }
}
