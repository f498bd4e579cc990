/** Minutes without news of any file after which a run counts as finished, where nothing else is said. */
export const QUIET_MINUTES = 15;
