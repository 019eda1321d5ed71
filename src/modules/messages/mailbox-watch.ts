import { Injectable, Logger } from '@nestjs/common';
import { Shutdown } from '../../core/shutdown.js';
import { MailboxRepository } from './mailbox.repository.js';

/** How often mailboxes that somebody waits for are looked at, for what other replicas delivered to them. */
const LOOK_INTERVAL_MS = 1000;

interface Waiter {
  /** Sequence that the waiting reader knows of. */
  readonly known: number;
  readonly wake: () => void;
}

/**
 * Wakes readers who wait for their next message. A delivery by this process wakes them at once; what other replicas
 * delivered is found by one query a second for all waiting mailboxes together. Waking is a hint: readers look into the
 * mailbox themselves.
 */
@Injectable()
export class MailboxWatch {
  readonly #waiting = new Map<string, Set<Waiter>>();
  readonly #logger = new Logger(MailboxWatch.name);
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly mailboxes: MailboxRepository,
    private readonly shutdown: Shutdown,
  ) {
    // A shutdown does not last as long as the longest wait.
    shutdown.signal.addEventListener('abort', () => {
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.announce([...this.#waiting.keys()]);
    });
  }

  get closing(): boolean {
    return this.shutdown.begun;
  }

  /** Tells that these mailboxes have new entries. */
  announce(userIds: readonly string[]): void {
    for (const userId of userIds) this.#wake(userId, Infinity);
  }

  /**
   * Starts to watch a mailbox. Watch first and read then, so that nothing arrives unnoticed in between.
   * @param known the sequence after which entries are new
   * @param signal ends the wait early, e.g. when the client has gone
   */
  watch(userId: string, known: number, timeoutMs: number, signal: AbortSignal): MailboxWait {
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => (wake = resolve));
    const timer = setTimeout(wake, timeoutMs);
    const waiter: Waiter = { known, wake };
    const waiters = this.#waiting.get(userId) ?? new Set();
    this.#waiting.set(userId, waiters.add(waiter));
    signal.addEventListener('abort', wake, { once: true });
    if (this.closing || signal.aborted) wake();
    this.#schedule();
    const stop = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      waiters.delete(waiter);
      if (waiters.size === 0 && this.#waiting.get(userId) === waiters) this.#waiting.delete(userId);
    };
    return { woken, stop };
  }

  #wake(userId: string, sequence: number): void {
    for (const waiter of this.#waiting.get(userId) ?? []) if (sequence > waiter.known) waiter.wake();
  }

  #schedule(): void {
    if (this.#timer !== null || this.closing) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#look();
    }, LOOK_INTERVAL_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const userIds = [...this.#waiting.keys()];
    if (userIds.length === 0) return;
    try {
      const last = await this.mailboxes.findLastSequences(userIds);
      for (const [userId, sequence] of last) this.#wake(userId, sequence);
    } catch (error) {
      // The database is away: the readers find out by themselves when their time is over.
      this.#logger.warn('Waiting mailboxes could not be looked at', error);
    }
    this.#schedule();
  }
}

/** One wait. `woken` resolves at a hint, at the time-out, at the abort or at shutdown; `stop` must be called. */
export interface MailboxWait {
  readonly woken: Promise<void>;
  readonly stop: () => void;
}
