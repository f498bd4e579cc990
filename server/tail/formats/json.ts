/** Parses JSON as Python writes it, with NaN and Infinity bare; undefined for what is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(spellNonFinite(text));
    } catch {
      return undefined;
    }
  }
}

/** Puts bare NaN and Infinity, which JSON does not have, into quotes. */
export function spellNonFinite(text: string): string {
  return text.replace(/(^\s*|[:,[]\s*)(NaN|-?Infinity)(?=\s*(?:[,}\]]|$))/g, '$1"$2"');
}
