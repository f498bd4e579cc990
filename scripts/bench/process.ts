/** What Linux tells of a process. */
import { readFileSync } from 'node:fs';

/** A clock tick, as Linux counts for processes on every machine it runs Node on, in seconds. */
const TICK = 0.01;

/** Seconds of processor that a process has used, all its threads together. */
export function processorOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK; // utime, stime
}

/** Bytes of resident memory that are the process's own, without mapped files. */
export function memoryOf(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/RssAnon:\s+(\d+)/.exec(status)?.[1]) * 1024;
}
