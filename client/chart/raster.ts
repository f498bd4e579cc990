/**
 * Draws lines into pixels, column by column: where a line goes from left to right, what of a column it covers is the
 * height it passes through there and half its width above and below. Many times cheaper than the strokes of a canvas, and
 * spared their joins, which no one sees among many points. A line that is wider than a pixel is so only upwards.
 *
 * Pixels are RGBA, not premultiplied, as ImageData has them; coordinates are pixels from the upper left corner.
 */
export class Raster {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8ClampedArray<ArrayBuffer>;
  /** The same, a pixel at once. */
  readonly #words: Uint32Array;
  /** Share of each pixel of the column that the line covers; more than 1 where it covers it several times. */
  readonly #cover: Float32Array;
  #column = -1;
  /** Rows of the column that are covered; top > bottom while none is. */
  #top = Infinity;
  #bottom = -1;
  #color: Rgb = [0, 0, 0];
  #word = 0;
  #wide = 1;
  /** Where the line is. */
  #x = 0;
  #y = 0;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.pixels = new Uint8ClampedArray(4 * width * height);
    this.#words = new Uint32Array(this.pixels.buffer);
    this.#cover = new Float32Array(height);
  }

  clear(): void {
    this.#words.fill(0);
  }

  /** Begins a line. @param wide its width in pixels */
  begin(color: Rgb, wide: number): void {
    this.#color = color;
    this.#word = color[0] | (color[1] << 8) | (color[2] << 16);
    this.#wide = wide;
  }

  moveTo(x: number, y: number): void {
    this.#x = x;
    this.#y = y;
  }

  /** @param x not to the left of where the line is */
  lineTo(x: number, y: number): void {
    const x0 = this.#x;
    const y0 = this.#y;
    this.#x = x;
    this.#y = y;
    const last = Math.min(this.width - 1, Math.floor(x));
    const slope = x > x0 ? (y - y0) / (x - x0) : 0;
    for (let column = Math.max(0, Math.floor(x0)); column <= last; column++) {
      if (column !== this.#column) {
        this.#flush();
        this.#column = column;
      }
      const from = Math.max(x0, column);
      const to = Math.min(x, column + 1);
      const start = x > x0 ? y0 + slope * (from - x0) : y0;
      this.#add(start, x > x0 ? y0 + slope * (to - x0) : y, to - from);
    }
  }

  /** Ends a line: what it covers is mixed with what is there. */
  end(): void {
    this.#flush();
    this.#column = -1;
  }

  /** Covers what of a column a piece of line does that goes from one height to another. @param across its width, at most 1 */
  #add(start: number, end: number, across: number): void {
    const wide = this.#wide;
    const rise = Math.abs(end - start);
    const top = Math.max(0, Math.min(start, end) - wide / 2);
    const bottom = Math.min(this.height, Math.max(start, end) + wide / 2);
    if (!(top < bottom)) return;
    const share = Math.min(1, (wide * Math.sqrt(across * across + rise * rise)) / (rise + wide));
    const first = Math.floor(top);
    const last = Math.ceil(bottom) - 1;
    const cover = this.#cover;
    if (first === last) cover[first] += share * (bottom - top);
    else {
      cover[first] += share * (first + 1 - top);
      for (let row = first + 1; row < last; row++) cover[row] += share;
      cover[last] += share * (bottom - last);
    }
    if (first < this.#top) this.#top = first;
    if (last > this.#bottom) this.#bottom = last;
  }

  #flush(): void {
    const words = this.#words;
    const cover = this.#cover;
    for (let row = this.#top; row <= this.#bottom; row++) {
      const above = Math.min(1, cover[row]);
      cover[row] = 0;
      if (above === 0) continue;
      const at = row * this.width + this.#column;
      // Most pixels have nothing yet. The last byte is the highest wherever there is a browser.
      if (words[at] === 0) words[at] = this.#word | (Math.round(255 * above) << 24);
      else this.#mix(4 * at, above);
    }
    this.#top = Infinity;
    this.#bottom = -1;
  }

  /** Lays the line's colour over what a pixel has. */
  #mix(at: number, above: number): void {
    const { pixels } = this;
    const below = (pixels[at + 3] / 255) * (1 - above);
    const alpha = above + below;
    const share = above / alpha;
    for (let part = 0; part < 3; part++) {
      const was = pixels[at + part];
      pixels[at + part] = was + (this.#color[part] - was) * share;
    }
    pixels[at + 3] = 255 * alpha;
  }
}

/** Each from 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];
