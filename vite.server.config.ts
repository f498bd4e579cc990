import { defineConfig } from 'vite';

/** Stays outside: what is native, and what the server has told Fastify that it does without. */
const APART = ['lmdb', '@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler'];

/**
 * Puts the server's modules, and those of its packages, into a few files over what tsc has made: the program, what each
 * of its commands needs, and the thread that seals. Node takes a second to find and load modules one by one, which every
 * command would wait for.
 */
export default defineConfig({
  ssr: { noExternal: true, external: APART },
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
    target: 'node20',
    license: { fileName: 'licenses.md' },
    rolldownOptions: {
      input: { main: 'server/main.ts', 'seal-worker': 'server/store/seal-worker.ts' },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'bundled-[name].js',
        // Names stay, for errors name them; spaces and comments are half of what is read at each start.
        minify: { compress: false, mangle: false, codegen: true },
      },
    },
  },
});
