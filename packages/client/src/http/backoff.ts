/** How failed requests are repeated. Times in milliseconds. */
export interface RetryPolicy {
  /** Attempts in all; 1 never repeats. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
  /** A server that asks for a longer pause than this gets the error passed on instead. */
  readonly longestRetryAfterMs: number;
}

export const DEFAULT_RETRY: RetryPolicy = {
  attempts: 5,
  firstDelayMs: 200,
  longestDelayMs: 10_000,
  longestRetryAfterMs: 30_000,
};

/**
 * The pause before attempt `attempt` + 1: full jitter over an exponentially growing time, so that clients that failed
 * together do not come back together; never shorter than the server asked for.
 * @param random in [0, 1)
 * @returns null where the server asks for more than the policy allows
 */
export function retryDelay(
  policy: RetryPolicy,
  attempt: number,
  retryAfterMs: number | undefined,
  random: number,
): number | null {
  const ceiling = Math.min(policy.longestDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  const jittered = ceiling * random;
  if (retryAfterMs === undefined) return jittered;
  return retryAfterMs > policy.longestRetryAfterMs ? null : retryAfterMs + jittered;
}

/** Retry-After as seconds or as an HTTP date (RFC 9110 section 10.2.3), in milliseconds from `now`. */
export function parseRetryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  // Date.parse takes almost anything for a date.
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** Timers of every environment hold no more: beyond it they fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** A server that does not let a request wait is not asked again sooner. */
const SHORTEST_WAIT_MS = 1000;

/**
 * Asks for something that the server is to wait with until there is something new. Where it, or a proxy, answers at once that there is
 * none, a pause follows, so that whoever asks again does not do so without end.
 * @param mostMs that the caller wants to wait in all
 */
export async function unhurried<T>(
  ask: () => Promise<T>,
  isNews: (answer: T) => boolean,
  signal: AbortSignal | undefined,
  mostMs = Number.POSITIVE_INFINITY,
): Promise<T> {
  const began = performance.now();
  const answer = await ask();
  const early = Math.min(SHORTEST_WAIT_MS, mostMs) - (performance.now() - began);
  if (early > 0 && !isNews(answer)) await pause(early, signal);
  return answer;
}

/** Resolves after `ms`, or rejects at once with the signal's reason when it fires. */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  let end = (): void => undefined;
  const over = new Promise<void>((resolve) => (end = resolve));
  const timer = setTimeout(end, Math.min(ms, LONGEST_TIMER_MS));
  signal?.addEventListener('abort', end, { once: true });
  await over;
  clearTimeout(timer);
  signal?.removeEventListener('abort', end);
  signal?.throwIfAborted();
}
