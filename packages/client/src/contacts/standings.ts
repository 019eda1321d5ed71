import { Changes, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import { type Decision, EMPTY_USER, mergeUsers, type SharedUser, timeAfter } from '../trust/shared-trust.js';

/** What the user has decided about somebody: their messages are welcome, or unwanted. */
export type Standing = 'accepted' | 'blocked';

/** What is kept of somebody besides their keys. */
interface StandingRecord {
  readonly standing?: Decision;
  /** The day of their last message, counted from 1970. */
  readonly met?: number;
}

const PREFIX = 'standing/';
const DAY_MS = 24 * 60 * 60 * 1000;

/** Whom the user deals with, whom not, and who was met when. Shared with the user's other clients. */
export class Standings {
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly state: ClientState,
    private readonly ownUserId: string,
    private readonly now: () => number,
  ) {}

  /** null: a stranger so far. */
  async of(userId: string): Promise<Standing | null> {
    if (userId === this.ownUserId) return 'accepted';
    const value = (await this.#read(userId))?.standing?.value;
    return value === 'accepted' || value === 'blocked' ? value : null;
  }

  async set(userId: string, value: Standing): Promise<void> {
    await this.#change(userId, (record) => {
      return { ...record, standing: { at: timeAfter(this.now(), [record.standing]), value } };
    });
  }

  /** Whoever is written to, or dealt with otherwise, is no stranger any more; who is blocked stays so. */
  async welcome(userIds: readonly string[]): Promise<void> {
    for (const userId of userIds) {
      if ((await this.of(userId)) === null) await this.set(userId, 'accepted');
    }
  }

  /** A message of theirs has come. */
  async metNow(userId: string): Promise<void> {
    const met = Math.floor(this.now() / DAY_MS);
    if (userId === this.ownUserId || ((await this.#read(userId))?.met ?? 0) >= met) return;
    await this.#change(userId, (record) => ({ ...record, met: Math.max(met, record.met ?? 0) }));
  }

  /** userIds of all of one standing. */
  async list(value: Standing): Promise<readonly string[]> {
    const userIds = (await this.state.keys(PREFIX)).map((key) => key.slice(PREFIX.length));
    const standings = await Promise.all(userIds.map((userId) => this.of(userId)));
    return userIds.filter((_userId, index) => standings[index] === value);
  }

  /** What the user's other clients are to know, by userId. */
  async shared(): Promise<Readonly<Record<string, SharedUser>>> {
    const users: Record<string, SharedUser> = {};
    for (const key of await this.state.keys(PREFIX)) {
      const record = await this.state.read<StandingRecord>(key);
      if (record !== null) users[key.slice(PREFIX.length)] = { ...EMPTY_USER, ...record };
    }
    return users;
  }

  /** What they know; the later decision counts. */
  async takeIn(users: Readonly<Record<string, SharedUser>>): Promise<void> {
    await this.#mutex.run(PREFIX, async () => {
      const changes = new Changes();
      for (const [userId, { standing, met }] of Object.entries(users)) {
        if (standing === undefined && met === undefined) continue;
        const own = (await this.#read(userId)) ?? {};
        const merged = mergeUsers({ ...EMPTY_USER, ...own }, { ...EMPTY_USER, ...recordOf(standing, met) });
        const next = recordOf(merged.standing, merged.met);
        if (JSON.stringify(next) !== JSON.stringify(own)) changes.put(PREFIX + userId, next);
      }
      if (changes.entries.size > 0) await this.state.commit(changes);
    });
  }

  /** One change after the other, so that none is lost. */
  async #change(userId: string, step: (record: StandingRecord) => StandingRecord): Promise<void> {
    await this.#mutex.run(PREFIX, async () => {
      const next = step((await this.#read(userId)) ?? {});
      await this.state.commit(new Changes().put(PREFIX + userId, next));
    });
  }

  #read(userId: string): Promise<StandingRecord | null> {
    return this.state.read<StandingRecord>(PREFIX + userId);
  }
}

function recordOf(standing: Decision | undefined, met: number | undefined): StandingRecord {
  return { ...(standing === undefined ? {} : { standing }), ...(met === undefined ? {} : { met }) };
}
