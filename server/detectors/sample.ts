/** What a trainer's SDK samples of its machine, by the name of its series: docs/sdk-python.md lists them. */
export interface Sample {
  /** Index of the GPU it is of; null: of the machine or the process. */
  readonly gpu: number | null;
  /** "memory", "data_wait". */
  readonly quantity: string;
  /** Which of the values of one line; null: the only one. */
  readonly statistic: 'min' | 'mean' | 'max' | null;
}

const NAME = /^system\/(?:gpu(\d+)\/)?(\w+)(?:\.(min|mean|max))?$/;

/** What a series is a sample of; null: it is none, whatever else it is called. */
export function sampleOf(series: string): Sample | null {
  const found = NAME.exec(series);
  if (!found) return null;
  const [, gpu, quantity, statistic] = found as unknown as [string, string?, string?, Sample['statistic']?];
  return { gpu: gpu === undefined ? null : Number(gpu), quantity: quantity!, statistic: statistic ?? null };
}

/** Whether a series is this value of this quantity, of any GPU. */
export function isSample(series: string, quantity: string, statistic: Sample['statistic']): boolean {
  const sample = sampleOf(series);
  return sample?.quantity === quantity && sample.statistic === statistic;
}
