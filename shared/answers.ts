import type { Fault } from './errors.ts';

/** What the server says to a trainer: one JSON object a line, in the same framing as the trainer's own lines. */
export type Answer = Welcome | Agreed | Ack | Gap | Stop | ErrorAnswer;

/** Answers a `run` line: what the server already has of this run and writer. */
export interface Welcome {
  readonly kind: 'welcome';
  readonly protocol: number;
  /** The server's release, for people. */
  readonly server: string;
  readonly run: string;
  readonly writer: string;
  /** The highest durable sequence number of this writer; 0 when it has sent nothing yet. */
  readonly seq: number;
  /** Ranges [from, to] below `seq` that never arrived and may still be sent. */
  readonly missing: readonly (readonly [number, number])[];
  /** The attempt of this rank that lines now belong to, from 0. */
  readonly attempt: number;
  /** The last step this rank has logged; null before the first. */
  readonly step: number | null;
}

/** Answers a `series` line: ids below `count` may stand in binary frames from here on, on this socket. */
export interface Agreed {
  readonly kind: 'series';
  readonly run: string;
  readonly writer: string;
  readonly count: number;
}

/** Everything of this writer up to `seq` is durable, or was refused with an error, or was named in a `gap`. */
export interface Ack {
  readonly kind: 'ack';
  readonly run: string;
  readonly writer: string;
  readonly seq: number;
}

/** Lines `from` to `to` never arrived. They are taken if they are sent later. */
export interface Gap {
  readonly kind: 'gap';
  readonly run: string;
  readonly writer: string;
  readonly from: number;
  readonly to: number;
}

/** Asks the trainer to stop and to keep the checkpoint of `step`. It answers with a `stopping` line. */
export interface Stop {
  readonly kind: 'stop';
  readonly run: string;
  /** The best epoch's step; null when a person asks for the stop and there is no best yet. */
  readonly step: number | null;
  readonly epoch: number | null;
  readonly reason: string;
}

export interface ErrorAnswer extends Fault {
  readonly kind: 'error';
  /** The refused line's number, where it had one. It is not to be sent again. */
  readonly seq?: number;
  /** The last number of a refused frame of several lines, which begin with `seq`. */
  readonly to?: number;
}
