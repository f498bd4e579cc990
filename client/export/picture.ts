import type { Best, Finding } from '../../shared/finding.ts';
import type { Axis } from '../chart/axis.ts';

/** What a chart shows, ready to be drawn anywhere: no signals, no variables, real colours. */
export interface Picture {
  readonly title: string;
  readonly axis: Axis;
  /** The place of a step on the axis; NaN where it is not known. */
  readonly at: (step: number) => number;
  readonly from: number;
  readonly to: number;
  readonly low: number;
  readonly high: number;
  readonly logX: boolean;
  readonly logY: boolean;
  readonly lines: readonly PictureLine[];
  readonly findings: readonly Finding[];
  /** The newest place: findings that are open reach to it. */
  readonly last: number;
  readonly best: Best | null;
  readonly color: (variable: string) => string;
}

export interface PictureLine {
  /** Of its series. */
  readonly name: string;
  /** What the legend calls it. */
  readonly label: string;
  readonly color: string;
  /** In CSS pixels. */
  readonly width: number;
  /** 0 to 1: earlier attempts are fainter. */
  readonly alpha: number;
  /** Equally long; values may be NaN or infinite. */
  readonly places: Float64Array;
  readonly values: Float64Array;
}
