import { defineConfig, type Plugin } from 'vite';

/** Builds the page into dist/client: hashed files, nothing inline, so that a strict content security policy holds. */
export default defineConfig({
  root: 'client',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [preload(), withoutPaths()],
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
});

/** Has the browser fetch the page's script beside the small one that opens the connection, which is what imports it. */
function preload(): Plugin {
  return {
    name: 'preload',
    transformIndexHtml: (_, { chunk }) =>
      (chunk?.dynamicImports ?? []).map((file) => ({
        tag: 'link',
        attrs: { rel: 'modulepreload', href: `./${file}` },
        injectTo: 'head',
      })),
  };
}

/** Ways to draw lines that uPlot offers and the page does not use, for it draws its lines itself. */
const PATHS = ['(paths.stepped = stepped);', '(paths.bars    = bars);', '(paths.spline  = monotoneCubic);'];

/** Leaves them out of the page. */
function withoutPaths(): Plugin {
  return {
    name: 'without-paths',
    transform(code, id) {
      if (!id.endsWith('uPlot.esm.js')) return null;
      const missing = PATHS.filter((path) => !code.includes(path));
      if (missing.length > 0) this.error(`uPlot has no ${missing.join(' ')} any more: see vite.config.ts`);
      return { code: PATHS.reduce((left, path) => left.replace(path, ''), code), map: null };
    },
  };
}
