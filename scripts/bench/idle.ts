/** What a server costs that nobody talks to: share of a processor and resident memory. */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { memoryOf, processorOf } from './process.ts';
import { startServer } from './server.ts';

const HELP = `A server that nobody talks to: share of a processor, and resident memory.

Usage: node dist/scripts/bench/idle.js [options]

  --seconds S  how long                                    (default 30)
  --warm-up S  before it, while the server's code is made  (default 10)
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '30' },
      'warm-up': { type: 'string', default: '10' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const seconds = Number(values.seconds);
  const server = await startServer();
  try {
    await delay(1000 * Number(values['warm-up']));
    const before = processorOf(server.pid);
    await delay(1000 * seconds);
    const share = (processorOf(server.pid) - before) / seconds;
    console.log(
      `${(100 * share).toFixed(1)} % of a core, ${(memoryOf(server.pid) / 2 ** 20).toFixed(0)} MiB resident`,
    );
  } finally {
    await server.close();
  }
}

await main();
