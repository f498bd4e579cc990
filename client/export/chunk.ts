/** What is loaded when somebody exports a picture. */
export { pngOf } from './png.ts';
export { svgOf } from './svg.ts';
