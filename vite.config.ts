import { join } from 'node:path';
import { build, defineConfig, type Plugin, type Rolldown } from 'vite';

const TARGET = 'es2023';

/** Builds the page into dist/client: hashed files, and of them inline only what its security policy names by its hash. */
export default defineConfig({
  root: 'client',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [early(), compiledAtOnce(), withoutUnused()],
  build: {
    outDir: '../dist/client',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: false,
    // A hundredth and a half smaller than by the default.
    minify: 'terser',
    terserOptions: { compress: { passes: 3, keep_fargs: false, pure_getters: true, unsafe_arrows: true } },
    // Terser takes most of the time, and a newcomer's first start is no place to say so.
    rolldownOptions: { checks: { bundlerTimings: false } },
    target: TARGET,
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
  },
});

/** Writes the script that opens the connection into the HTML, before the style sheet that it would else wait for. */
function early(): Plugin {
  return {
    name: 'early',
    transformIndexHtml: {
      order: 'post',
      handler: async (html) => {
        const script = await inlined('early.ts');
        const before = '<script type="module"';
        if (!html.includes(before)) throw new Error(`early: the page must have ${before}, but has not`);
        return html.replace(before, () => `<script>${script}</script>\n    ${before}`);
      },
    },
  };
}

/** A module with what it imports, as the text of a classic script. */
async function inlined(file: string): Promise<string> {
  const built = (await build({
    configFile: false,
    logLevel: 'warn',
    build: {
      write: false,
      target: TARGET,
      modulePreload: false,
      rolldownOptions: { input: join(import.meta.dirname, 'client', file), output: { format: 'iife' } },
    },
  })) as Rolldown.RolldownOutput;
  return built.output[0].code.trim();
}

/**
 * Has the browser compile the first script whole while it loads, beside the page's thread, for nearly all of it is called
 * to draw the first chart: else every function is parsed twice, and compiled on that thread when it is first called.
 */
function compiledAtOnce(): Plugin {
  return {
    name: 'compiled-at-once',
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle))
        if (chunk.type === 'chunk' && chunk.isEntry)
          chunk.code = `//# allFunctionsCalledOnLoad\n${chunk.code}`;
    },
  };
}

/**
 * What of uPlot the page does not use: it draws lines itself, writes the numbers and times of its axes, and has its own
 * readout. The first use of `Intl` takes a fresh browser 30 ms.
 */
const UNUSED: readonly (readonly [code: string, instead: string])[] = [
  ['(paths.linear  = linear);', ''],
  ['(paths.stepped = stepped);', ''],
  ['(paths.bars    = bars);', ''],
  ['(paths.spline  = monotoneCubic);', ''],
  ["new Intl.NumberFormat(domEnv ? nav.language : 'en-US')", '{ format: String }'],
  ['new Intl.DateTimeFormat().resolvedOptions().timeZone', 'null'],
  ['let isTime = sc.time;', 'const isTime = false;'],
  ['let isTime = mode == 1 && scales[s.scale].time;', 'const isTime = false;'],
  ['const [ timeIncrsMs, _timeAxisStampsMs, timeAxisSplitsMs ] = genTimeStuffs(1);', ''],
  ['const [ timeIncrsS,  _timeAxisStampsS,  timeAxisSplitsS  ] = genTimeStuffs(1e-3);', ''],
  ['(ms == 1 ? timeAxisSplitsMs(_tzDate) : timeAxisSplitsS(_tzDate))', 'null'],
  [
    'timeAxisVals(_tzDate, timeAxisStamps((ms == 1 ? _timeAxisStampsMs : _timeAxisStampsS), _fmtDate))',
    'null',
  ],
  ['timeSeriesVal(_tzDate, timeSeriesStamp(_timeSeriesStamp, _fmtDate))', 'null'],
  ['(opts.tzDate || (ts => new Date(round(ts / ms))))', 'null'],
  ['(opts.fmtDate || fmtDate)', 'null'],
  ['uPlot.fmtDate = fmtDate;', ''],
  ['uPlot.tzDate  = tzDate;', ''],
  ['uPlot.join = join;', ''],
  ['uPlot.addGap = addGap;', ''],
  ['uPlot.clipGaps = clipGaps;', ''],
  ['uPlot.orient   = orient;', ''],
  ['uPlot.rangeAsinh = rangeAsinh;', ''],
  ['const showLegend = legend.show;', 'const showLegend = false;'],
];

/** Leaves it out of the page. */
function withoutUnused(): Plugin {
  return {
    name: 'without-unused',
    transform(code, id) {
      if (!id.endsWith('uPlot.esm.js')) return null;
      const missing = UNUSED.filter(([part]) => !code.includes(part));
      if (missing.length > 0) this.error(`uPlot has no ${missing.join(' ')} any more: see vite.config.ts`);
      return {
        code: UNUSED.reduce((left, [part, instead]) => left.replaceAll(part, instead), code),
        map: null,
      };
    },
  };
}
