import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Monitor, openMonitor } from '../../server/monitor.ts';
import type { StoreRecord } from '../../server/store/record.ts';
import { openStore, type Store } from '../../server/store/store.ts';
import { randomFrom } from '../support/random.ts';
import { temporaryFolder } from '../support/server.ts';
import { helloRecord, tableOf, tableRecord } from '../support/tables.ts';

let folder: ReturnType<typeof temporaryFolder>;
let store: Store;
/** Every record that was asked to be kept. */
let appended: StoreRecord[];
let failing = false;
/** Told when a write begins that is going to fail. */
let refused: () => void = () => undefined;
/** Server's time, in seconds since 1970. */
let clock = 1_790_000_000;
let warnings: string[] = [];

beforeEach(() => {
  folder = temporaryFolder();
  failing = false;
  clock = 1_790_000_000;
  warnings = [];
});
afterEach(() => folder.remove());

/** A monitor over a real store that fails when it is told to. */
async function open(checkpointPoints = 1_000_000): Promise<Monitor> {
  const kept: StoreRecord[] = (appended = []); // one that was left without a farewell goes on for a moment
  const warned: string[] = (warnings = []);
  return openMonitor(
    async (hooks) => {
      // Its own: a monitor that was left without a farewell must not write to the next one's.
      const opened = await openStore(folder.path, hooks);
      let closed = false;
      const own = (store = {
        ...opened,
        close() {
          closed = true;
          return opened.close();
        },
      });
      return {
        ...own,
        checkpoint: (run) => (closed ? undefined : own.checkpoint(run)),
        append(records) {
          if (failing) {
            refused();
            return new Promise((_, reject) => setImmediate(reject, new Error('no space left on device')));
          }
          kept.push(...records);
          return own.append(records);
        },
      };
    },
    { now: () => clock, warn: (message) => warned.push(message), checkpointPoints },
  );
}
const accept = (monitor: Monitor, ...records: StoreRecord[]) =>
  new Promise<Error | null>((resolve) => monitor.accept(records, resolve));

const random = randomFrom(11);
/** A loss that falls, and becomes NaN at step 60. */
const values = Array.from({ length: 80 }, (_, i) => (i < 60 ? 2 * (i + 1) ** -0.4 + 0.02 * random() : NaN));
const tables = (cut: number) =>
  Array.from({ length: Math.ceil(values.length / cut) }, (_, i) =>
    tableRecord(
      tableOf(values.slice(i * cut, (i + 1) * cut), { series: 'train/loss', firstStep: i * cut }),
      i * cut + 1,
    ),
  );
/** More points of one run than go together into one write. */
const crowd = Array.from({ length: 40 }, (_, i) =>
  tableRecord(tableOf(new Array<number>(1000).fill(1), { series: 'lr', firstStep: i * 1000 }), i * 1000 + 1),
);
const findings = (monitor: Monitor) => [...(monitor.runs.get('r')?.findings.values() ?? [])];

describe('the monitor', () => {
  it('keeps what the detectors say like what trainers say', async () => {
    const monitor = await open();
    await accept(monitor, helloRecord(), ...tables(80));
    await monitor.idle();
    expect(findings(monitor)).toMatchObject([{ detector: 'non-finite', severity: 'critical', from: 60 }]);
    expect(appended.filter(({ kind }) => kind === 'finding')).toHaveLength(1);
    await monitor.close();
  });

  it('says the same after a restart at any point, and says nothing twice', async () => {
    const whole = await open();
    await accept(whole, helloRecord(), ...tables(80));
    await whole.idle();
    const expected = findings(whole);
    const verdict = whole.analyses.get('r')?.verdict;
    await whole.close();
    folder.remove();

    folder = temporaryFolder();
    let monitor = await open(15);
    await accept(monitor, helloRecord());
    for (const [i, table] of tables(8).entries()) {
      await accept(monitor, table);
      // Every other time without a farewell, as after a kill: what was not saved is seen again.
      if (i % 2 === 0) await monitor.close();
      else await store.close();
      monitor = await open(15);
      await monitor.idle();
      expect(appended.filter(({ kind }) => kind === 'finding').length).toBeLessThanOrEqual(1);
    }
    expect(findings(monitor)).toEqual(expected);
    expect(monitor.analyses.get('r')?.verdict).toBe(verdict);
    await monitor.close();
    const again = await open();
    await again.idle();
    expect(appended).toEqual([]);
    expect(again.analyses.get('r')?.verdict).toBe(verdict);
    await again.close();
  });

  it('goes on after a kill behind exactly what the detectors saw as one table', async () => {
    const lines = tables(1).slice(0, 50);
    const whole = await open();
    await accept(whole, helloRecord(), ...lines, tables(80)[0]);
    await whole.idle();
    const expected = whole.analyses.get('r')?.state;
    await whole.close();
    folder.remove();

    folder = temporaryFolder();
    let monitor = await open(15);
    await accept(monitor, helloRecord());
    await monitor.idle();
    // A commit each, and all of them within what the detectors wait for.
    for (const line of lines) await accept(monitor, line);
    await monitor.idle();
    await store.close();
    monitor = await open(15);
    await accept(monitor, tables(80)[0]);
    await monitor.idle();
    expect(monitor.analyses.get('r')?.state).toEqual(expected);
    await monitor.close();
  });

  it('sees what a kill kept from the detectors before what comes after it', async () => {
    const [first, second] = tables(40);
    const whole = await open();
    await accept(whole, helloRecord(), first, second);
    await whole.idle();
    const expected = whole.analyses.get('r')?.state;
    await whole.close();
    folder.remove();

    folder = temporaryFolder();
    let monitor = await open();
    await accept(monitor, helloRecord());
    await new Promise<void>((resolve) => monitor.accept([first], () => resolve(store.close())));

    monitor = await open();
    await accept(monitor, second);
    await monitor.idle();
    expect(monitor.analyses.get('r')?.state).toEqual(expected);
    await monitor.close();
  });

  it('acknowledges before the detectors have seen it, and loses nothing that they had still to say when it is killed', async () => {
    let monitor = await open();
    await accept(monitor, helloRecord());
    // The store is closed under it when this is acknowledged: a kill that keeps from the disk what follows from it.
    const closed = new Promise<void>((resolve) => {
      monitor.accept(tables(80), () => {
        expect(findings(monitor)).toEqual([]);
        resolve(store.close());
      });
    });
    await closed;

    monitor = await open();
    await monitor.idle();
    expect(findings(monitor)).toMatchObject([{ detector: 'non-finite', severity: 'critical', from: 60 }]);
    expect(appended.filter(({ kind }) => kind === 'finding')).toHaveLength(1);
    await monitor.close();
  });

  it('lets no segment be sealed before what follows from it is kept', async () => {
    let sealable = () => NaN;
    let hear: (segment: number) => void = () => undefined;
    const monitor = await openMonitor(
      async (hooks) => {
        sealable = hooks.sealable;
        const own = (store = await openStore(folder.path, hooks));
        const append = async (records: readonly StoreRecord[]) => {
          // Until a finding is on the disk, what it follows from must not be sealed.
          if (records.some(({ kind }) => kind === 'finding')) hear(sealable());
          return own.append(records);
        };
        return { ...own, append };
      },
      { now: () => clock, warn: (message) => warnings.push(message) },
    );
    await accept(monitor, helloRecord());
    await monitor.idle();
    expect(sealable()).toBe(Infinity);
    const meanwhile = new Promise<number>((resolve) => (hear = resolve));
    await accept(monitor, ...tables(80));
    expect(sealable()).toBe(0);
    expect(await meanwhile).toBe(0);
    await monitor.idle();
    expect(findings(monitor)).toHaveLength(1);
    expect(sealable()).toBe(Infinity);
    await monitor.close();
  });

  it('acknowledges nothing that the store refused, nor what had been accepted behind it', async () => {
    const monitor = await open();
    await accept(monitor, helloRecord());
    failing = true;
    const [first, second] = tables(40);
    const begun = new Promise<void>((resolve) => (refused = resolve));
    const results = [accept(monitor, first)];
    await begun;
    results.push(accept(monitor, second));
    expect((await Promise.all(results)).map((error) => error?.message)).toEqual([
      'no space left on device',
      'lines before these could not be kept',
    ]);
    expect(warnings[0]).toContain('no space left on device');
    failing = false;
    expect(await accept(monitor, first)).toBeNull();
    expect(monitor.runs.get('r')?.points).toBe(40);
    await monitor.close();
  });

  it('lets no run wait behind the points of another', async () => {
    const monitor = await open();
    await accept(monitor, helloRecord(), helloRecord('quiet'));
    const order: string[] = [];
    const all = crowd.map((table) => accept(monitor, table).then(() => order.push('busy')));
    const quiet = tableRecord(tableOf([1, 2], { run: 'quiet' }));
    all.push(accept(monitor, quiet).then(() => order.push('quiet')));
    await Promise.all(all);
    expect(order.indexOf('quiet')).toBeLessThan(20);
    expect(monitor.runs.get('r')?.points).toBe(40_000);
    await monitor.idle();
    await monitor.close();
  });

  it('tells of records of several runs when all are durable, and of none behind those of their run', async () => {
    const monitor = await open();
    await accept(monitor, helloRecord(), helloRecord('quiet'));
    expect([...monitor.runs.keys()]).toEqual(['r', 'quiet']);
    const all = crowd.map((table) => accept(monitor, table));
    const nothing = new Promise<number | undefined>((resolve) =>
      monitor.accept([], () => resolve(monitor.runs.get('r')?.points), 'r'),
    );
    expect(await nothing).toBe(40_000);
    await Promise.all(all);
    await monitor.idle();
    await monitor.close();
  });

  it('tries its own findings again until the store takes them', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const monitor = await open();
      let failed = false;
      monitor.changes.subscribe((records) => {
        // The points are durable; what follows from them is refused once.
        if (records.some(({ kind }) => kind === 'table') && !failed) failing = failed = true;
      });
      await accept(monitor, helloRecord(), ...tables(80));
      await vi.waitFor(() => expect(warnings).toHaveLength(1), 60_000);
      failing = false;
      await vi.advanceTimersByTimeAsync(1_000);
      await vi.waitFor(() => expect(findings(monitor)).toHaveLength(1), 60_000);
      await monitor.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('says that a run has gone silent, and the same after a restart', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      let monitor = await open();
      await accept(monitor, helloRecord(), tables(20)[0]);
      await monitor.idle();
      clock += 61;
      await vi.advanceTimersByTimeAsync(5_000);
      await vi.waitFor(
        () => expect(findings(monitor)).toMatchObject([{ detector: 'stall', severity: 'warning', from: 19 }]),
        60_000,
      );
      await vi.advanceTimersByTimeAsync(60_000);
      const said = appended.filter(({ kind }) => kind === 'silence');
      expect(said).toEqual([{ kind: 'silence', at: clock, run: 'r', seconds: 61 }]);
      await store.close(); // no farewell, as after a kill

      monitor = await open();
      await monitor.idle();
      await vi.advanceTimersByTimeAsync(5_000);
      expect(appended).toEqual([]);
      expect(findings(monitor)).toHaveLength(1);
      await accept(monitor, tables(20)[1]);
      await vi.waitFor(() => expect(findings(monitor)).toMatchObject([{ status: 'resolved' }]), 60_000);
      await monitor.close();
    } finally {
      vi.useRealTimers();
    }
  });
});
