import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Senders } from '../../core/accounts/index.js';
import { Grouping } from '../../core/grouping.js';
import { pageOf } from '../../core/http/index.js';
import type { Page } from '../../core/http/index.js';
import { KeyStatementView } from './dto/key-statement.dto.js';
import type { SignedHandle, StoredStatement } from './key-chain.js';
import { KeyStatementsRepository } from './key-statements.repository.js';
import * as errors from './keys.errors.js';

/** Look-ups that arrive while as many groups are in flight share the next query. */
const LIMITS = { groupsInFlight: 2, itemsPerGroup: 200, weightPerGroup: 200, waitingItems: 5000, waitingWeight: 5000 };
/** Statements that are kept as they are answered: about 10 KB each. */
const KEPT_STATEMENTS = 4000;

/**
 * Reads keys. The newest statement of a user, which clients ask for before each message, comes from memory: which one it
 * is, is asked of the database each time; what it says never changes, and is kept under its hash.
 */
@Injectable()
export class KeyLookupsService {
  readonly #kept = new LRUCache<string, KeyStatementView>({ max: KEPT_STATEMENTS });
  readonly #groups = new Grouping((userIds: readonly string[]) => this.#findEach(userIds), LIMITS);

  constructor(
    private readonly statements: KeyStatementsRepository,
    private readonly senders: Senders,
  ) {}

  /** Who somebody's mailbox has entries from. Nobody else: a loginId is an address, and often one of e-mail. */
  async findSenders(userId: string, sequences: readonly number[]): Promise<SignedHandle[]> {
    const senders = await this.senders.of(userId, sequences);
    return senders.length === 0 ? [] : this.statements.findHandles(senders);
  }

  async getNewest(userId: string): Promise<KeyStatementView> {
    const found = this.#groups.add(userId, 1);
    if (found === null) throw errors.tooManyLookUps();
    const newest = await found;
    if (newest === null) throw errors.userNotFound();
    return newest;
  }

  async getVersion(userId: string, version: number): Promise<StoredStatement> {
    const statement = await this.statements.findVersion(userId, version);
    if (statement !== null) return statement;
    await this.getNewest(userId);
    throw errors.versionNotFound();
  }

  /** Versions behind `after`, ascending; none beyond the end. */
  async getChain(userId: string, after: number, limit: number): Promise<Page<StoredStatement>> {
    const found = await this.statements.findChain(userId, after, limit + 1);
    if (found.length === 0) await this.getNewest(userId);
    return pageOf(found, limit, ({ version }) => version);
  }

  /** In the order asked for; users that do not exist are missing. */
  async findNewest(userIds: readonly string[]): Promise<KeyStatementView[]> {
    return (await this.#findEach(userIds)).filter((view) => view !== null);
  }

  async #findEach(userIds: readonly string[]): Promise<(KeyStatementView | null)[]> {
    const heads = await this.statements.findHeads([...new Set(userIds)]);
    const views = new Map<string, KeyStatementView>();
    const unknown: string[] = [];
    for (const { userId, keysHash } of heads) {
      const kept = this.#kept.get(keysHash);
      if (kept === undefined) unknown.push(userId);
      else views.set(userId, kept);
    }
    if (unknown.length > 0) await this.#read(unknown, views);
    return userIds.map((userId) => views.get(userId) ?? null);
  }

  /** A user may have rotated since the heads were read: then this is the newer statement. */
  async #read(userIds: readonly string[], views: Map<string, KeyStatementView>): Promise<void> {
    for (const stored of await this.statements.findNewestOf(userIds)) {
      const view = new KeyStatementView(stored);
      views.set(stored.userId, view);
      this.#kept.set(Buffer.from(stored.keysHash).toString('hex'), view);
    }
  }
}
