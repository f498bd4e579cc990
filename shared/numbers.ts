import Type, { type Static } from 'typebox';

/**
 * A float64 as JSON can carry it: a JSON number, or one of the strings "NaN", "Infinity", "-Infinity".
 * `JSON.stringify(NaN)` is `null`, so the non-finite values, which matter most, are spelled out.
 */
export const WireNumber = Type.Union([
  Type.Number(),
  Type.Literal('NaN'),
  Type.Literal('Infinity'),
  Type.Literal('-Infinity'),
]);
export type WireNumber = Static<typeof WireNumber>;

/** Spells a float64 for the wire. */
export function toWire(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}

/** Reads a float64 from the wire. `Number` knows the three spellings already. */
export function fromWire(value: WireNumber): number {
  return Number(value);
}
