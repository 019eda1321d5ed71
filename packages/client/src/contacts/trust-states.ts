import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import { type Choice, EMPTY_USER, mergeUsers, type SharedUser, timeAfter } from '../trust/shared-trust.js';

/**
 * How the user stands to somebody. `accepted`: written to, accepted, or verified, so that their messages are welcome.
 * `blocked`: their messages are unwanted. `stranger`: nothing was said yet.
 */
export type TrustState = 'accepted' | 'blocked' | 'stranger';

/** What is kept of somebody besides their keys. */
interface TrustRecord {
  readonly trust?: Choice;
  /** The day of their last message, counted from 1970. */
  readonly met?: number;
}

const PREFIX = 'trust/';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Whom the user deals with, whom not, and who was met when. Shared with the user's other clients. */
export class TrustStates {
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly state: ClientState,
    private readonly ownUserId: string,
    private readonly now: () => number,
  ) {}

  async of(userId: string): Promise<TrustState> {
    if (userId === this.ownUserId) return 'accepted';
    const value = (await this.#read(userId))?.trust?.value;
    return value === 'accepted' || value === 'blocked' ? value : 'stranger';
  }

  async set(userId: string, value: 'accepted' | 'blocked'): Promise<void> {
    await this.#change(userId, (record) => {
      return { ...record, trust: { at: timeAfter(this.now(), [record.trust]), value } };
    });
  }

  /** Whoever is written to, or dealt with otherwise, is no stranger any more; who is blocked stays so. */
  async welcome(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) {
      if ((await this.of(userId)) === 'stranger') await this.set(userId, 'accepted');
    }
  }

  /** A message of theirs has come. */
  async metNow(userId: string): Promise<void> {
    const met = Math.floor(this.now() / DAY_MS);
    if (userId === this.ownUserId || ((await this.#read(userId))?.met ?? 0) >= met) return;
    await this.#change(userId, (record) => ({ ...record, met: Math.max(met, record.met ?? 0) }));
  }

  /** userIds of everybody in one state. */
  async list(value: TrustState): Promise<readonly string[]> {
    const userIds = (await this.state.keys(PREFIX)).map((key) => key.slice(PREFIX.length));
    const trustStates = await Promise.all(userIds.map((userId) => this.of(userId)));
    return userIds.filter((_userId, index) => trustStates[index] === value);
  }

  /** What the user's other clients are to know, by userId. */
  async shared(): Promise<Readonly<Record<string, SharedUser>>> {
    const users: Record<string, SharedUser> = {};
    for (const key of await this.state.keys(PREFIX)) {
      const record = await this.state.read<TrustRecord>(key);
      if (record !== null) users[key.slice(PREFIX.length)] = { ...EMPTY_USER, ...record };
    }
    return users;
  }

  /** What they know; the later decision counts. */
  async takeIn(users: Readonly<Record<string, SharedUser>>): Promise<void> {
    await this.#mutex.run(PREFIX, async () => {
      const changes = new Changes();
      for (const [userId, { trust, met }] of Object.entries(users)) {
        if (trust === undefined && met === undefined) continue;
        const own = (await this.#read(userId)) ?? {};
        const merged = mergeUsers({ ...EMPTY_USER, ...own }, { ...EMPTY_USER, ...recordOf(trust, met) });
        const next = recordOf(merged.trust, merged.met);
        if (JSON.stringify(next) !== JSON.stringify(own)) changes.put(PREFIX + userId, next);
      }
      if (changes.entries.size > 0) await this.state.commit(changes);
    });
  }

  /** One change after the other, so that none is lost. */
  async #change(userId: string, step: (record: TrustRecord) => TrustRecord): Promise<void> {
    await this.#mutex.run(PREFIX, async () => {
      const next = step((await this.#read(userId)) ?? {});
      await this.state.commit(new Changes().put(PREFIX + userId, next));
    });
  }

  #read(userId: string): Promise<TrustRecord | null> {
    return this.state.read<TrustRecord>(PREFIX + userId);
  }
}

function recordOf(trust: Choice | undefined, met: number | undefined): TrustRecord {
  return { ...(trust === undefined ? {} : { trust }), ...(met === undefined ? {} : { met }) };
}
