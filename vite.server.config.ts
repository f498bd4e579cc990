import { defineConfig } from 'vite';

/** Packages whose modules are many and small; what is native, or loads files of its own, stays outside. */
const BUNDLED = [
  'rxjs',
  'typebox',
  'prom-client',
  'yaml',
  'papaparse',
  'hyparquet-writer',
  'hyparquet',
  'ws',
];

/**
 * Puts the server's modules, and those of its packages, into two files over what tsc has made: the program and the
 * thread that seals. Node takes a second to find and load them one by one, which every command would wait for.
 */
export default defineConfig({
  ssr: { noExternal: BUNDLED },
  plugins: [
    {
      name: 'demo-apart',
      enforce: 'pre',
      // The demo forks files beside it.
      resolveId: (id) =>
        id === '../../scripts/demo/demo.ts' ? { id: '../scripts/demo/demo.js', external: 'relative' } : null,
    },
  ],
  build: {
    ssr: true,
    outDir: 'dist/bundle',
    emptyOutDir: true,
    sourcemap: true,
    minify: false,
    target: 'node20',
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: { main: 'server/main.ts', 'seal-worker': 'server/store/seal-worker.ts' },
      output: { entryFileNames: '[name].js', chunkFileNames: 'bundled-[name].js' },
    },
  },
});
