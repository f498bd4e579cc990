import { defineConfig } from 'vite';

/** Builds the page into dist/client: hashed files, nothing inline, so that a strict content security policy holds. */
export default defineConfig({
  root: 'client',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    target: 'es2023',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
});
