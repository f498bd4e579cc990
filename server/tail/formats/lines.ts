const LINE_FEED = 10;

/**
 * Hands out the whole lines of the bytes, without their ends; what is behind the last line feed is left, unless it is
 * the last of the file.
 * @returns bytes consumed
 */
export function wholeLines(bytes: Buffer, last: boolean, take: (line: string) => void): number {
  const end = last ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1;
  for (let from = 0; from < end;) {
    let to = bytes.indexOf(LINE_FEED, from);
    if (to < 0 || to > end) to = end;
    take(bytes.toString('utf8', from, bytes[to - 1] === 13 ? to - 1 : to));
    from = to + 1;
  }
  return end;
}
