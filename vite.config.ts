import { defineConfig, type Plugin } from 'vite';

/** Builds the page into dist/client: hashed files, nothing inline, so that a strict content security policy holds. */
export default defineConfig({
  root: 'client',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [preload()],
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
