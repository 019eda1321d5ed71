import { ApiError, NetworkError, type SealpostError } from '../errors.js';
import { pause } from '../http/backoff.js';
import type { Transport } from '../http/transport.js';
import type { TransportName } from './transports/mailbox-transport.js';

/** How an inbox that waits without end stands with the server. */
export type InboxConnection =
  /** The inbox gets what arrives, by this transport. */
  | { readonly state: 'connected'; readonly transport: TransportName }
  /** The inbox has lost the server, and tries again after so many milliseconds. */
  | { readonly state: 'interrupted'; readonly error: SealpostError; readonly retryInMs: number };

/** A connection that has held so long ends the row of failures before it. */
const STABLE_MS = 30_000;
/** A server that asks for a longer pause is asked again after this one. */
const LONGEST_PAUSE_MS = 5 * 60_000;

/** Repeats what failed for a reason that passes, without end, after growing pauses. */
export class Reconnect {
  #failures = 0;
  #connectedAt: number | null = null;
  #told: TransportName | 'interrupted' | null = null;

  constructor(
    private readonly repeating: Pick<Transport, 'delayAfter' | 'retryPolicy'>,
    private readonly signal: AbortSignal,
    private readonly tell: (connection: InboxConnection) => void,
  ) {}

  /**
   * @param leastMs the first pause that the server has asked for
   * @throws what does not pass; the reason of the signal when it fires
   */
  async run<T>(work: () => Promise<T>, leastMs: () => number | undefined): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!passes(error)) throw error;
        const retryInMs = this.#fails(error, leastMs());
        if (this.#told !== 'interrupted') this.tell({ state: 'interrupted', error, retryInMs });
        this.#told = 'interrupted';
        await pause(retryInMs, this.signal);
      }
    }
  }

  /** @param progress something was brought: what fails next is a first failure again */
  succeeded(transport: TransportName, progress: boolean): void {
    this.#connectedAt ??= performance.now();
    if (progress) this.#failures = 0;
    if (this.#told !== transport) this.tell({ state: 'connected', transport });
    this.#told = transport;
  }

  #fails(error: ApiError | NetworkError, leastMs: number | undefined): number {
    const held = this.#connectedAt !== null && performance.now() - this.#connectedAt >= STABLE_MS;
    this.#failures = held ? 1 : this.#failures + 1;
    this.#connectedAt = null;
    const { retryPolicy } = this.repeating;
    // A server may ask for a longer pause, and not for a shorter one.
    const firstDelayMs = Math.max(leastMs ?? 0, retryPolicy.firstDelayMs);
    const longestDelayMs = Math.max(firstDelayMs, retryPolicy.longestDelayMs);
    const policy = { ...retryPolicy, firstDelayMs, longestDelayMs, longestRetryAfterMs: Number.POSITIVE_INFINITY };
    return Math.min(LONGEST_PAUSE_MS, this.repeating.delayAfter(this.#failures, error.retryAfterMs, policy) ?? 0);
  }
}

function passes(error: unknown): error is ApiError | NetworkError {
  if (error instanceof NetworkError) return true;
  return error instanceof ApiError && (error.status >= 500 || error.status === 408 || error.status === 429);
}
