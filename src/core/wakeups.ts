import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { Settings } from './config/index.js';
import type { NotificationListener, Notifications } from './database/index.js';
import { PeriodicWork } from './periodic-work.js';
import type { Shutdown } from './shutdown.js';

/** How often followed keys are looked at while notifications do not arrive. */
const LOOK_MS = 1000;
const KEYS_PER_LOOK = 500;

/** The position of a key that has none: any notification is worth a look. */
export const ANY_POSITION = Number.POSITIVE_INFINITY;

/** Keys, each with the position that it has reached. */
export type Positions<Key> = Iterable<readonly [Key, number]>;

export interface Follower {
  /**
   * The key has reached this position, at least as far as somebody said. Only a hint, for one position perhaps several
   * times: followers look for themselves. It must not throw.
   */
  wake(position: number): void;
}

/** How long a request may wait for something new, and what ends the wait early. */
export interface WaitOptions {
  readonly seconds: number;
  readonly signals: readonly AbortSignal[];
}

export interface WakeupsOptions<Key> {
  /** The channel of LISTEN and NOTIFY on which replicas tell each other. */
  readonly channel: string;
  readonly followersPerKey: number;
  /** The error for one follower more; without it that one is not woken. */
  readonly tooMany?: () => Error;
  /** How often followed keys are looked at although notifications arrive, which are only hints. */
  readonly safetyLookMs: number;
  read(payload: string): Positions<Key>;
  /** Looks at keys without a notification. */
  look(keys: readonly Key[]): Promise<Positions<Key>>;
}

/**
 * Wakes those who wait for a change of a key, whichever replica makes it: by notifications of the database, by a
 * regular look where they do not arrive, and by `wake`. Follow first and read then, so that no change is missed.
 */
export class Wakeups<Key> implements NotificationListener, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #followers = new Map<Key, Follower[]>();
  readonly #waits = new Set<Wait>();
  readonly #looks = new PeriodicWork(() => this.#look(), {
    everyMs: () => (this.#connected ? this.options.safetyLookMs : LOOK_MS),
    failure: 'Keys that somebody waits for could not be looked at',
  });
  #connected = false;

  constructor(
    protected readonly notifications: Notifications,
    private readonly shutdown: Shutdown,
    private readonly settings: Settings,
    private readonly options: WakeupsOptions<Key>,
  ) {
    // A shutdown does not last as long as the longest wait.
    shutdown.signal.addEventListener('abort', () => {
      for (const wait of this.#waits) wait.end();
    });
  }

  /** Whether notifications arrive. */
  get isConnected(): boolean {
    return this.#connected;
  }

  /** Calls of `waitFor` under way. */
  get waiting(): number {
    return this.#waits.size;
  }

  onApplicationBootstrap(): void {
    this.notifications.listen(this.options.channel, this);
    this.#looks.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#looks.stop();
  }

  received(payload: string): void {
    this.wake(this.options.read(payload));
  }

  /** What was notified before is lost, and only a look finds it. */
  connected(): void {
    this.#connected = true;
    this.#looks.runSoon();
  }

  disconnected(): void {
    this.#connected = false;
    this.#looks.runSoon();
  }

  /**
   * `leave` must be called at the end.
   * @returns false where the key has as many followers as it may
   * @throws what `tooMany` of the options makes instead
   */
  follow(key: Key, follower: Follower): boolean {
    const followers = this.#followers.get(key);
    if (followers === undefined) this.#followers.set(key, [follower]);
    else if (followers.length < this.options.followersPerKey) followers.push(follower);
    else if (this.options.tooMany === undefined) return false;
    else throw this.options.tooMany();
    return true;
  }

  /** May be called more than once. */
  leave(key: Key, follower: Follower): void {
    const followers = this.#followers.get(key) ?? [];
    const index = followers.indexOf(follower);
    if (index < 0) return;
    if (followers.length === 1) this.#followers.delete(key);
    else followers.splice(index, 1);
  }

  wake(positions: Positions<Key>): void {
    for (const [key, position] of positions) {
      // Whoever wakes may leave.
      for (const follower of [...(this.#followers.get(key) ?? [])]) follower.wake(position);
    }
  }

  /**
   * Looks at once, and again whenever there may be something new, until the answer is worth giving or the wait is over: then the
   * last answer is given as it is.
   * @param seen of an answer that is worth giving: null; of another one the position beyond which an answer would be new
   */
  async waitFor<T>(
    key: Key,
    { seconds, signals }: WaitOptions,
    look: () => Promise<T>,
    seen: (found: T) => number | null,
  ): Promise<T> {
    const limited = Math.min(seconds, this.settings.longPollMaxSeconds);
    const wait = new Wait();
    if (limited === 0 || this.shutdown.begun || !this.follow(key, wait)) return look();
    this.#waits.add(wait);
    wait.endWith(limited * 1000, signals);
    try {
      for (;;) {
        const found = await look();
        const position = seen(found);
        if (position === null || wait.over) return found;
        await wait.beyond(position);
      }
    } finally {
      wait.end();
      this.#waits.delete(wait);
      this.leave(key, wait);
    }
  }

  async #look(): Promise<void> {
    const keys = [...this.#followers.keys()];
    for (let begin = 0; begin < keys.length && !this.#looks.signal.aborted; begin += KEYS_PER_LOOK) {
      this.wake(await this.options.look(keys.slice(begin, begin + KEYS_PER_LOOK)));
    }
  }
}

class Wait implements Follower {
  #seen = 0;
  #hinted = 0;
  #over = false;
  #resume: () => void = () => undefined;
  #release: () => void = () => undefined;

  get over(): boolean {
    return this.#over;
  }

  endWith(ms: number, signals: readonly AbortSignal[]): void {
    const end = (): void => this.end();
    const timer = setTimeout(end, ms);
    for (const signal of signals) signal.addEventListener('abort', end, { once: true });
    this.#release = () => {
      clearTimeout(timer);
      for (const signal of signals) signal.removeEventListener('abort', end);
    };
    if (signals.some((signal) => signal.aborted)) this.end();
  }

  wake(position: number): void {
    this.#hinted = Math.max(this.#hinted, position);
    if (this.#hinted > this.#seen) this.#resume();
  }

  end(): void {
    this.#over = true;
    this.#release();
    this.#resume();
  }

  /** Resolves when the key may have got beyond this position, or at the end. */
  async beyond(position: number): Promise<void> {
    this.#seen = position;
    if (!this.#over && this.#hinted <= position) await new Promise<void>((resolve) => (this.#resume = resolve));
    // Each hint leads to one look, also one that promises too much.
    this.#hinted = 0;
  }
}
