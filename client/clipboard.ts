/** Text into the clipboard, also where a page that came over plain HTTP may not write to it by itself. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const box = document.createElement('textarea');
    box.value = text;
    document.body.append(box);
    box.select();
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the only way there is without a secure context
    const done = document.execCommand('copy');
    box.remove();
    return done;
  }
}
