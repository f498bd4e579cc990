/** What a chart's points are placed by, from left to right. */
export type Axis = 'step' | 'epoch' | 'time' | 'relative';

export const AXES: readonly { readonly axis: Axis; readonly label: string; readonly title: string }[] = [
  { axis: 'step', label: 'Step', title: 'By the step that was logged' },
  { axis: 'epoch', label: 'Epoch', title: 'By epoch: steps between two epochs are spread evenly' },
  { axis: 'time', label: 'Wall time', title: 'By the clock of the trainer, in this browser’s time zone' },
  {
    axis: 'relative',
    label: 'Relative time',
    title: 'By the time that was trained: attempts follow each other, and what lies between them is left out',
  },
];

/** The axis of a name in an address; steps where it is none. */
export function axisOf(name: string): Axis {
  return AXES.find(({ axis }) => axis === name)?.axis ?? 'step';
}

/** What a plot is built for: it is built anew when one of these changes. */
export interface Kind {
  readonly axis: Axis;
  readonly logX: boolean;
  readonly logY: boolean;
}
