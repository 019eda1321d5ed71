import type { RateLimitRule } from '../config/index.js';
import type { Amount, RateLimitVerdict } from './rate-limiter.js';

export const MICROSECONDS = 1_000_000;

/** Longer than any statement may wait for another one. */
export const IMPOSSIBLE_MARGIN = 60 * MICROSECONDS;

/**
 * A rule as the generic cell rate algorithm sees it, in microseconds. Whoever takes attempts gets into debt, which time
 * pays off: a debt of `room` is the most that there may be. One moment, the one without debt, is all that has to be kept.
 */
export interface Gcra {
  readonly perAttempt: number;
  readonly room: number;
}

/**
 * Moments are whole microseconds, rounded in favour of the limit. The tolerance gives a burst of single attempts the
 * roundings back, and is too small for one attempt more.
 */
export function gcraOf(rule: RateLimitRule): Gcra {
  const period = rule.seconds * MICROSECONDS;
  const perAttempt = period / rule.count;
  return { perAttempt, room: period + Math.min(rule.count, perAttempt / 2) };
}

/** `debt` in microseconds. */
export function judge({ perAttempt, room }: Gcra, debt: number, { least, most }: Amount): RateLimitVerdict {
  const granted = Math.min(most, Math.floor((room - debt) / perAttempt));
  if (granted >= least) return { allowed: true, granted };
  const wait = least * perAttempt - (room - debt);
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(wait / MICROSECONDS)) };
}

/** The debt that `granted` attempts cost. */
export function debtOf({ perAttempt }: Gcra, granted: number): number {
  return Math.ceil(granted * perAttempt);
}

/**
 * Such a debt comes from a clock that was set back or from a rule that was longer, and is forgotten: otherwise it would
 * last as long. Within the margin lie transactions that began before the one whose debt they see.
 */
export function isImpossible({ room }: Gcra, debt: number): boolean {
  return debt > room + IMPOSSIBLE_MARGIN;
}
