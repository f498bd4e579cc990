import { PROTOCOL } from '../../shared/version.ts';
import type { Welcome } from '../../shared/answers.ts';
import type { Delivery } from './delivery.ts';
import { keyOf } from './writer-key.ts';

const WRITER = 'watch';

/** The writer of what no file of a run says: settings, and that the run is over. */
export class Watcher {
  readonly hello: string;
  readonly #key: string;
  /** Number of its last line; null: the server has not been asked. */
  #said: number | null = null;

  constructor(run: string) {
    this.hello = JSON.stringify({ kind: 'run', protocol: PROTOCOL, run, writer: WRITER });
    this.#key = keyOf(run, WRITER);
  }

  /** Whether the server has told what it has. */
  get greeted(): boolean {
    return this.#said !== null;
  }

  /** Whether it has never said anything. */
  get isNew(): boolean {
    return this.#said === 0;
  }

  /** Takes its own among the welcomes. */
  welcome(welcomes: ReadonlyMap<string, Welcome>): void {
    const own = welcomes.get(this.#key);
    if (own) this.#said = own.seq;
  }

  /** The server has to be asked again. */
  forget(): void {
    this.#said = null;
  }

  /** Says a line; resolves when it is durable. @throws Gone */
  async say(delivery: Delivery, line: object): Promise<void> {
    this.#said = (this.#said ?? 0) + 1;
    const text = `${this.hello}\n${JSON.stringify({ ...line, seq: this.#said })}`;
    await delivery.send(text, new Map([[this.#key, this.#said]]));
  }
}
