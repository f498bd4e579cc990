/** A writer's name: the machine, the process, and what tells its several starts apart. */
export function writerName(host: string, pid: number, unique: string): string {
  return `${host.replace(/[^A-Za-z0-9_~-]+/g, '-').slice(0, 40) || 'host'}.${pid}.${unique}`;
}

/** Machine and process of a writer; the process is NaN where the name is not of this SDK. */
export function originOf(writer: string): [host: string, pid: number] {
  const [host, pid] = writer.split('.');
  return [host, Number(pid)];
}

/** The spool file's name: run and writer, with a separator that neither may contain. */
export function spoolName(run: string, writer: string): string {
  return `${run}@${writer}.jsonl`;
}
