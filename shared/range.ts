/** What a number may be. */
export interface Range {
  readonly least: number;
  readonly most: number;
  /** Whole numbers only: it counts something. */
  readonly whole?: true;
}
