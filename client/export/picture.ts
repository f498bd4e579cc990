import type { Best, Finding } from '../../shared/finding.ts';

/** What a chart shows, ready to be drawn anywhere: no signals, no variables, real colours. */
export interface Picture {
  readonly title: string;
  /** What is below the horizontal axis. */
  readonly axis: string;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  readonly log: boolean;
  readonly lines: readonly PictureLine[];
  readonly findings: readonly Finding[];
  /** The newest step: findings that are open reach to it. */
  readonly last: number;
  readonly best: Best | null;
  readonly color: (variable: string) => string;
}

export interface PictureLine {
  readonly name: string;
  readonly color: string;
  /** In CSS pixels. */
  readonly width: number;
  /** 0 to 1: earlier attempts are fainter. */
  readonly alpha: number;
  /** Equally long; values may be NaN or infinite. */
  readonly steps: Float64Array;
  readonly values: Float64Array;
}
