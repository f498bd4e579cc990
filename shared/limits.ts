/** What one server accepts, by default. Every refusal names the limit it met. */
export const LIMITS = {
  /** Bytes of one WebSocket frame or HTTP body. A larger frame closes the socket with code 1009. */
  frameBytes: 8 * 1024 * 1024,
  /** Values in one `log` line. */
  lineValues: 2_000,
  /** Characters of a run's or series' name. */
  nameLength: 256,
  /** Bytes of a run's `config`, as JSON. */
  configBytes: 256 * 1024,
  /** Runs kept by one server. */
  runs: 10_000,
  /** Series of one run, over all its ranks. */
  seriesPerRun: 5_000,
  /** Attempts of one rank: each time its steps go back, all of its series begin anew. */
  attemptsPerRank: 10_000,
  /** Writers of one run: starts of its processes. */
  writersPerRun: 10_000,
  /** Alerts of one run, over all its ranks: every list of findings has them all. */
  alertsPerRun: 1_000,
  /** Notes of one run. */
  notesPerRun: 10_000,
  /** Characters of all alerts of one run, and of all its notes. */
  textPerRun: 1_000_000,
  /** `define` and `setting` lines of one run, repeats among them. */
  declarationsPerRun: 10_000,
  /** Ranges of missing sequence numbers remembered per writer. */
  missingRanges: 1_000,
} as const;

export type Limits = { readonly [K in keyof typeof LIMITS]: number };
