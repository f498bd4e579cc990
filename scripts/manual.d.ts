/** Renders the README and docs/ of `root` as pages into the folder `into`. */
export function manual(root: string, into: string): void;
