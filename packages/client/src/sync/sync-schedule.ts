import { SealpostError, SharedStateWarning, type SharedStateNotice } from '../errors.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import type { Changes } from '../state/client-state.js';
import type { SharedStateControl, StateSync, SyncedState } from './state-sync.js';

/** How long changes are collected before they are shared, in milliseconds. */
export interface SyncTimes {
  /** The pause before pins, marks and decisions are shared. */
  readonly pinsMs: number;
  /** The pause before what every message changes is shared. */
  readonly streamsMs: number;
  /** The longest that close() waits. */
  readonly closeMs: number;
}

/** How often the pause after a failure doubles. */
const LONGEST_DOUBLINGS = 5;

export const SYNC_TIMES: SyncTimes = { pinsMs: 2000, streamsMs: 30_000, closeMs: 3000 };

const PINS = ['chain/', 'contact/', 'handle/', 'known/', 'note/', 'trust/'];
const STREAMS = ['stream/', 'accepted/'];
const SHARED_INBOX = ['inbox', 'opened/'];
/** What no repetition mends. */
const LASTING: readonly string[] = [
  'state.rollback',
  'state.fork',
  'state.refused',
  'state.too-large',
  'vault.rollback',
];

/** What became of a synchronisation of the shared state. */
export type SyncOutcome =
  ({ readonly state: 'synced' } & SyncedState) | { readonly state: 'failed'; readonly error: SealpostError };

/** Synchronises some time after a change, and before the end. Nobody who sends or reads waits for it. */
export class SyncSchedule implements SharedStateControl {
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Synchronising changes records too: those are in no hurry. */
  #running = 0;
  #closed = false;
  #problem: SealpostError | null = null;
  #notices: readonly SharedStateNotice[] = [];

  constructor(
    private readonly state: StateSync,
    private readonly sharesInbox: boolean,
    private readonly times: SyncTimes,
    private readonly tell: (outcome: SyncOutcome) => void,
  ) {}

  get problem(): SealpostError | null {
    return this.#problem;
  }

  get notices(): readonly SharedStateNotice[] {
    return this.#notices;
  }

  /**
   * Before anything else happens; see StateSync.begin(). A warning does not lock its user out: it stays until it is
   * decided on, and nobody new is trusted meanwhile. A program that keeps nothing would go on from the wrong place.
   */
  async begin(discard: boolean): Promise<void> {
    try {
      this.#notices = (await this.#quietly(() => this.state.begin(discard))).notices;
      this.#problem = null;
    } catch (error) {
      if (this.sharesInbox || !(error instanceof SharedStateWarning)) throw error;
      await this.state.remember(error);
      this.#problem = error;
    }
  }

  /** Goes on where the client stopped that had this storage before. Asks nobody yet. */
  async resume(): Promise<void> {
    const { warning, isDue } = await this.state.leftBehind();
    this.#problem = warning;
    if (isDue) this.#within(this.times.pinsMs);
  }

  /** Before the vault key is replaced; see StateSync.takeIn(). */
  takeIn(discard: boolean): Promise<string | undefined> {
    return this.#quietly(() => this.state.takeIn(discard));
  }

  /** Something was kept. */
  noticed(changes: Changes): void {
    if (this.#closed) return;
    const keys = [...changes.entries.keys()];
    const concerns = (prefixes: readonly string[]): boolean =>
      keys.some((key) => prefixes.some((prefix) => key.startsWith(prefix)));
    if (concerns(PINS)) this.#within(this.#running > 0 ? this.times.streamsMs : this.times.pinsMs);
    else if (concerns(STREAMS) || (this.sharesInbox && concerns(SHARED_INBOX))) this.#within(this.times.streamsMs);
  }

  /** Where programs share the inbox: the server may delete what is acknowledged, and the next program must know that it was read. */
  async sharePlace(call: CallOptions): Promise<void> {
    if (this.sharesInbox) await this.sync(call);
  }

  sync(call: CallOptions = {}): Promise<SyncedState> {
    return abortable(call, () => this.#noting(() => this.state.sync()));
  }

  repair(warning: SharedStateWarning, call: CallOptions = {}): Promise<SyncedState> {
    return abortable(call, () => this.#noting(() => this.state.repair(warning)));
  }

  async #noting(work: () => Promise<SyncedState>): Promise<SyncedState> {
    this.#cancel();
    try {
      const synced = await this.#quietly(work);
      this.#notices = synced.notices;
      this.#problem = null;
      this.tell({ state: 'synced', ...synced });
      return synced;
    } catch (error) {
      if (error instanceof SealpostError) {
        this.#problem = error;
        this.tell({ state: 'failed', error });
      }
      throw error;
    }
  }

  /** Shares what is not shared yet, if that can be done soon. */
  async flush(): Promise<void> {
    const isDue = this.#timer !== null;
    this.#cancel();
    if (!isDue || this.#isStuck()) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, this.times.closeMs)));
    await Promise.race([this.sync().then(ignore, ignore), late]);
    clearTimeout(timer);
  }

  /** The last time. */
  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }

  #within(milliseconds: number): void {
    const dueAt = performance.now() + milliseconds;
    if (dueAt >= this.#dueAt || this.#closed || this.#isStuck()) return;
    this.#cancel();
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => {
      this.sync().then(
        () => (this.#failures = 0),
        () => {
          this.#within(this.times.streamsMs * 2 ** Math.min(this.#failures++, LONGEST_DOUBLINGS));
        },
      );
    }, milliseconds);
    // A program that has nothing else to do may end.
    (this.#timer as { unref?: () => void }).unref?.();
  }

  #cancel(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #isStuck(): boolean {
    return this.#problem !== null && LASTING.includes(this.#problem.code);
  }

  async #quietly<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#running -= 1;
    }
  }
}

function ignore(): void {
  // It is in `problem`, and tried again next time.
}
