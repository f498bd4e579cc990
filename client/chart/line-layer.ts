import { Raster, type Rgb } from './raster.ts';
import type { Box } from './non-finite.ts';

/** Where lines of many points are drawn as pixels, to be laid over what the canvas has. */
export class LineLayer {
  readonly #box: Box;
  readonly #raster: Raster;
  readonly #image: ImageData;
  #drawn = false;

  /** @param box whole device pixels of the canvas */
  constructor(box: Box) {
    this.#box = box;
    this.#raster = new Raster(box.width, box.height);
    this.#image = new ImageData(this.#raster.pixels, box.width, box.height);
  }

  /** Whether it covers the same part of the canvas. */
  covers({ left, top, width, height }: Box): boolean {
    const box = this.#box;
    return box.left === left && box.top === top && box.width === width && box.height === height;
  }

  /** Begins a line. @param wide in device pixels */
  begin(color: Rgb, wide: number): void {
    this.#raster.begin(color, wide);
  }

  moveTo(x: number, y: number): void {
    this.#raster.moveTo(x - this.#box.left, y - this.#box.top);
  }

  lineTo(x: number, y: number): void {
    this.#raster.lineTo(x - this.#box.left, y - this.#box.top);
  }

  end(): void {
    this.#raster.end();
    this.#drawn = true;
  }

  /** Lays the lines drawn since the last call over the canvas. */
  lay(ctx: CanvasRenderingContext2D): void {
    if (!this.#drawn) return;
    this.#drawn = false;
    const { left, top, width, height } = this.#box;
    const scratch = scratchOf(width, height);
    scratch.putImageData(this.#image, 0, 0);
    ctx.drawImage(scratch.canvas, 0, 0, width, height, left, top, width, height);
    this.#raster.clear();
  }
}

/** Canvases that are kept, of the sizes that were wanted last. */
const KEPT = 4;
/** How many times as many pixels as are wanted a canvas may have. */
const ROOMY = 1.5;

let kept: readonly CanvasRenderingContext2D[] = [];

/**
 * Pixels can be put on a canvas in place of what it has, and not over it: so they are put on another, which is drawn. All
 * of it is copied whenever pixels are put on it after it was drawn, so it must not be much larger than what is put.
 */
function scratchOf(width: number, height: number): CanvasRenderingContext2D {
  const fits = ({ canvas }: CanvasRenderingContext2D): boolean =>
    canvas.width >= width &&
    canvas.height >= height &&
    canvas.width * canvas.height <= ROOMY * width * height;
  let scratch = kept.find(fits);
  if (!scratch) {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [width, height];
    scratch = canvas.getContext('2d', { willReadFrequently: true })!;
    kept = [scratch, ...kept].slice(0, KEPT);
  }
  return scratch;
}
