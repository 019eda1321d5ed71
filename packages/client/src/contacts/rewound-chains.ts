import { encodeBase64Url } from '@sealpost/protocol';

import { RestoredAccountWarning } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import { EMPTY_USER, mergeUsers, type SharedUser, timeAfter } from '../trust/shared-trust.js';
import { Changes, knownUserKey, type ClientState } from '../state/client-state.js';
import { fetchStatements, MAX_STATEMENTS } from './chain-source.js';
import { acceptRoot, newestOf, rootOf, verifyChain, type KeyChain } from '../trust/chain.js';
import { KeysRefused, refusingKeys, RewoundKeysWarning } from '../trust/contact-errors.js';
import { missingFrom, withSharedTrust } from '../trust/shared-trust.js';

/**
 * Chains of which the server shows less than it did, or others: since it was restored from a backup, or because it lies.
 * The user decides, and all of the user's devices know it then.
 */
export class RewoundChains {
  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly serviceId: string,
    private readonly now: () => number,
    private readonly ownUserId: string,
  ) {}

  /**
   * Runs work that holds what the server shows against what is known. Where it refuses a rollback or a fork that the user
   * has accepted on another device, the chain that the server shows comes out.
   * @param pinned by this client; null where it has no chain of the user
   * @param most statements that the server may show in its place
   * @throws RewoundKeysWarning, or for the user's own keys RestoredAccountWarning, where nobody was asked; KeysRefused where the server contradicts itself, and what else is wrong
   */
  async judging(
    userId: string,
    pinned: KeyChain | null,
    work: () => KeyChain,
    most = MAX_STATEMENTS,
  ): Promise<KeyChain> {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof KeysRefused)) throw error;
      if (error.code !== 'contact.rollback' && error.code !== 'contact.fork') throw error;
      return this.#instead(pinned, error.code, error, await this.shown(userId, most));
    }
  }

  /** Adds to what all of the user's devices know of somebody. */
  async say(userId: string, said: Partial<SharedUser>): Promise<SharedUser> {
    const next = mergeUsers(await this.#known(userId), { ...EMPTY_USER, ...said });
    await this.state.commit(new Changes().put(knownUserKey(userId), next));
    return next;
  }

  /**
   * Gives up what was seen of a user and is not in what the server shows.
   * @param hash of the newest statement that the user was warned of; null where they have consented beforehand
   * @returns the chain that the server shows; null where it is another one by now, or nothing is missing from it
   */
  async giveUp(userId: string, pinned: KeyChain | null, hash: string | null): Promise<KeyChain | null> {
    const shown = await this.shown(userId);
    const known = await this.#known(userId);
    const missing = missingFrom(shown, pinned, known);
    if (missing.size === 0 || (hash !== null && hashOf(newestOf(shown)) !== hash)) return null;
    // No mark that was made before outlives it.
    const at = timeAfter(this.now(), Object.values(known.verified));
    const lost = Object.fromEntries([...missing].map(([name, version]) => [name, { at, value: String(version) }]));
    const root = rootOf(shown);
    const next = await this.say(userId, { lost, accepted: { [root.version]: [hashOf(root)] } });
    return withSharedTrust(acceptRoot(shown), next);
  }

  /** What the server shows of a user from version 1 on, as if nothing were known. */
  async shown(userId: string, most = MAX_STATEMENTS): Promise<KeyChain> {
    const statements = await fetchStatements(this.api, userId, 1, { most });
    return refusingKeys(userId, () => verifyChain({ serviceId: this.serviceId, userId }, statements));
  }

  async #instead(
    pinned: KeyChain | null,
    code: 'contact.rollback' | 'contact.fork',
    refusal: KeysRefused,
    shown: KeyChain,
  ): Promise<KeyChain> {
    const { userId } = shown;
    const known = await this.#known(userId);
    const missing = missingFrom(shown, pinned, known);
    if (missing.size === 0) throw refusal;
    const versions = [...missing].filter(([hash]) => known.lost[hash] === undefined).map(([, version]) => version);
    if (versions.length === 0) return withSharedTrust(shown, known);
    const newest = newestOf(shown);
    if (userId === this.ownUserId)
      throw new RestoredAccountWarning(Math.max(...versions), newest.version, hashOf(newest));
    const range = { seenVersion: Math.max(...versions), from: Math.min(...versions) };
    throw new RewoundKeysWarning(code, userId, {
      version: newest.version,
      hash: hashOf(newest),
      ...range,
    });
  }

  async #known(userId: string): Promise<SharedUser> {
    return (await this.state.knownUser(userId)) ?? EMPTY_USER;
  }
}

function hashOf({ keysHash }: { readonly keysHash: Uint8Array }): string {
  return encodeBase64Url(keysHash);
}
