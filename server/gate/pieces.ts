/** Bytes of text taken in one turn, unless a single line is longer. */
const PIECE = 32 * 1024;

const LINE_FEED = 0x0a;

/** Cuts a frame of lines at line ends into pieces that may be taken one by one, as views. */
export function pieces(frame: Buffer, size = PIECE): Buffer[] {
  if (frame.length <= size) return [frame];
  const cut: Buffer[] = [];
  for (let from = 0; from < frame.length;) {
    const end = from + size < frame.length ? frame.indexOf(LINE_FEED, from + size) : -1;
    const to = end < 0 ? frame.length : end + 1;
    cut.push(frame.subarray(from, to));
    from = to;
  }
  return cut;
}
