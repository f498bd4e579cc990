import { parseArgs } from 'node:util';
import { QUIET_MINUTES } from '../tail/quiet.ts';
import { fail } from './terminal.ts';

/** The command, what it is about, and its options, as texts; ends the process where one is not known. */
export function readCall(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        config: { type: 'string' },
        log: { type: 'string' },
        embed: { type: 'string', multiple: true, default: [] },
        segment: { type: 'string', default: '64' },
        url: { type: 'string' },
        watch: { type: 'string', multiple: true, default: [] },
        server: { type: 'string' },
        quiet: { type: 'string', default: String(QUIET_MINUTES) },
        once: { type: 'boolean', default: false },
        project: { type: 'string' },
        name: { type: 'string' },
        json: { type: 'boolean', default: false },
        'fail-on': { type: 'string', default: 'critical' },
        detector: { type: 'string', default: 'best-epoch' },
        set: { type: 'string', multiple: true, default: [] },
        run: { type: 'string', multiple: true, default: [] },
        labels: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    });
    const [command = 'serve', ...paths] = positionals;
    return { command, paths, values };
  } catch (error) {
    return fail(`${(error as Error).message}; see tidemark --help`, 2);
  }
}
