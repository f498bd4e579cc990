import type { ErrorCode } from '../../shared/errors.ts';

/** Hears what passes through the gate. */
export interface Meter {
  /** A frame or body has arrived. */
  received(form: 'text' | 'binary' | 'http', bytes: number): void;
  /** Points were taken in. */
  accepted(points: number): void;
  /** Points could not be kept, and were not acknowledged. */
  returned(points: number): void;
  /** A frame or body was acknowledged. @param ms since its arrival */
  acknowledged(ms: number): void;
  refused(code: ErrorCode): void;
}
