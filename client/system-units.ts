/** Units of what the SDK samples of the machine, as docs/sdk-python.md has them, by the last part of the name. */
const NAMES: Readonly<Record<string, string>> = {
  '%': 'cpu memory disk shm process_cpu utilisation power_share data_wait sdk_share sdk_threads',
  GiB: 'disk_free process_memory memory_used',
  'MB/s': 'disk_read disk_written net_received net_sent',
  '°C': 'temperature',
  W: 'power',
  MHz: 'clock',
  s: 'step_time',
};

/** The unit of a series that is sampled of the machine; empty where it has none, or is of the training. */
export function unitOf(series: string): string {
  const [, name] = /^system\/(?:gpu\d+\/)?([a-z_]+)(?:\.|$)/.exec(series) ?? [];
  return Object.keys(NAMES).find((unit) => NAMES[unit].split(' ').includes(name)) ?? '';
}
