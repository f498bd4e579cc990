/** Height of a row of the table in CSS pixels; the style sheet has the same. */
export const ROW = 48;
export const HEAD = 34;
