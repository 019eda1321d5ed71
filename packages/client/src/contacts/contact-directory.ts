import { requireBase64Url, type SignedStatementJson } from '@sealpost/protocol';
import { ClientError, SharedStateWarning } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import { EMPTY_USER, mergeHandles, timeAfter } from '../trust/shared-trust.js';
import { chainKey, Changes, contactKey, handleKey, knownHandleKey, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import {
  acceptRoot,
  extendChain,
  isBlocked,
  newestOf,
  rootOf,
  statementAt,
  verifyChain,
  type ChainOwner,
  type KeyChain,
} from '../trust/chain.js';
import { pinOfChain, signedStatementOf, wholeChain } from '../trust/chain-pin.js';
import { ASKED, type Extent, extentOf, fetchStatements, type Look } from './chain-source.js';
import { KeysRefused, ReboundLoginIdWarning, refusingKeys } from '../trust/contact-errors.js';
import { verifyHandle } from '../trust/handles.js';
import { choiceOf, consentTo, markOf, newestSeen, requireKnown, withSharedTrust } from '../trust/shared-trust.js';
import { RewoundChains } from './rewound-chains.js';
import { TrustStates } from './trust-states.js';

/** The verified key chains and loginIds of all users that this client has met: asked of the server once, then pinned. */
export class ContactDirectory {
  readonly #chains = new Map<string, KeyChain>();
  readonly #mutex = new NamedMutex();
  readonly #rewound: RewoundChains;
  readonly #trustStates: TrustStates;

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly serviceId: string,
    private readonly ownUserId: string,
    private readonly now: () => number,
  ) {
    this.#rewound = new RewoundChains(api, state, serviceId, now, ownUserId);
    this.#trustStates = new TrustStates(state, ownUserId, now);
  }

  /** The pinned chain; at first sight the one that the server shows, verified from version 1 on. */
  chain(userId: string, look: Look = {}): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => {
      const pinned = await this.#pinned(userId);
      if (pinned === null) return this.#firstSight(userId, look);
      // Another device of this user's has seen newer keys: so they exist.
      const known = (await this.state.knownUser(userId)) ?? EMPTY_USER;
      return newestSeen(known) > newestOf(pinned).version ? this.#extendFromServer(pinned, look) : pinned;
    });
  }

  /** The pinned chain, without asking the server. */
  pinned(userId: string): Promise<KeyChain | null> {
    return this.#mutex.run(userId, () => this.#pinned(userId));
  }

  /** The chain up to the newest version that the server shows, which must not be older than the pinned one. */
  refresh(userId: string, look: Look = {}): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => {
      const pinned = await this.#pinned(userId);
      return pinned === null ? this.#firstSight(userId, look) : this.#extendFromServer(pinned, look);
    });
  }

  /** The chain with a version in it, if the server has that version. */
  async chainWith(userId: string, version: number): Promise<KeyChain> {
    const chain = await this.chain(userId);
    return statementAt(chain, version) === undefined ? this.refresh(userId) : chain;
  }

  /**
   * The chain, after a look at the server's where it speaks of a newer version than the pinned one: a later statement may
   * declare the earlier keys compromised (protocol section 5, flag bit 1). A version below the pinned one says nothing:
   * whoever named it may have looked before this client did, and the pinned chain counts in any case. What the server has
   * beyond that version is not looked at.
   * @throws KeysRefused `contact.incomplete` where the server does not show what it speaks of, and what `refresh` throws
   */
  async chainUpTo(userId: string, hinted: number): Promise<KeyChain> {
    const look = { upTo: hinted };
    const chain = await this.chain(userId, look);
    if (newestOf(chain).version >= hinted) return chain;
    const extended = await this.refresh(userId, look);
    if (newestOf(extended).version < hinted) throw new KeysRefused('contact.incomplete', userId, { version: hinted });
    return extended;
  }

  /** Takes in the newest statement of a user that the server showed by itself, e.g. with a conflict or a look-up. */
  absorb(userId: string, json: SignedStatementJson, look: Look = {}): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => {
      const pinned = await this.#pinned(userId);
      const signed = refusingKeys(userId, () => signedStatementOf(json));
      if (pinned === null) await this.#requireSharedState(userId);
      let chain: KeyChain;
      try {
        chain = pinned === null ? verifyChain(this.#owner(userId), [signed]) : extendChain(pinned, [signed]);
      } catch (error) {
        // It does not connect to what is known by itself: then with all between, or not at all.
        if (!(error instanceof KeysRefused)) throw error;
        return pinned === null ? this.#firstSight(userId, look) : this.#extendFromServer(pinned, look);
      }
      return this.#store(pinned, chain);
    });
  }

  /** What the server shows of a user, as if nothing were known; nothing of it is kept. */
  shown(userId: string): Promise<KeyChain> {
    return this.#rewound.shown(userId);
  }

  /** The user has compared the safety number of a chain. */
  async mark(chain: KeyChain): Promise<void> {
    const known = (await this.state.knownUser(chain.userId)) ?? EMPTY_USER;
    await this.#rewound.say(chain.userId, markOf(chain, known, this.now()));
  }

  /**
   * Accepts the chain that the server shows in the place of what was seen, for all of the user's devices.
   * @param hash of the newest statement that the user was warned of
   * @returns null where the server shows another one by now, or what was seen
   */
  acceptRewound(userId: string, hash: string): Promise<KeyChain | null> {
    return this.#mutex.run(userId, async () => {
      const chain = await this.#rewound.giveUp(userId, await this.#pinned(userId), hash);
      return chain === null ? null : this.#store(null, chain);
    });
  }

  /** Accepts the chain of a user after a warning, for all of this client's user's devices. */
  accept(userId: string, which: 'root' | 'conflict'): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => {
      const chain = (await this.#pinned(userId)) ?? (await this.#firstSight(userId, ASKED));
      const known = (await this.state.knownUser(userId)) ?? EMPTY_USER;
      const said = which === 'root' ? consentTo(rootOf(chain)) : choiceOf(chain, known, this.now());
      const next = await this.#rewound.say(userId, said);
      this.#chains.delete(userId);
      return this.#store(null, withSharedTrust(which === 'root' ? acceptRoot(chain) : chain, next));
    });
  }

  /** What is kept in memory may have been overtaken by what other devices know. */
  forget(): void {
    this.#chains.clear();
  }

  /** Pins a chain that was verified elsewhere: the user's own. */
  keep(chain: KeyChain): Promise<KeyChain> {
    return this.#mutex.run(chain.userId, () => this.#store(null, chain));
  }

  /**
   * The user of a loginId: the pinned one, or who the server says at first sight.
   * @throws ReboundLoginIdWarning where another device has pinned another user
   */
  async userIdOf(loginId: string): Promise<string> {
    const handle = await this.state.handle(loginId);
    const other = handle?.others?.[0];
    if (handle !== null && other !== undefined) throw new ReboundLoginIdWarning(loginId, handle.userId, other);
    return handle?.userId ?? this.lookUp(loginId);
  }

  /**
   * Asks the server for the user of a loginId, and verifies that the user has claimed it.
   * @throws ReboundLoginIdWarning where it was another user so far
   */
  async lookUp(loginId: string): Promise<string> {
    const user = await this.api.findUser(loginId);
    if (user.loginId !== loginId)
      throw new ClientError('client.bad-answer', 'The server answered about another loginId');
    const { userId, handleKeyVersion } = user;
    const chain = await this.absorb(userId, user.keys, ASKED);
    refusingKeys(userId, () => {
      const handleSignature = requireBase64Url(user.handleSignature, 'handleSignature');
      verifyHandle(chain, { loginId, handleSignature, handleKeyVersion });
    });
    const pinned = await this.state.handle(loginId);
    if (pinned === null) await this.#requireSharedState(userId);
    else if (pinned.userId !== userId) throw new ReboundLoginIdWarning(loginId, pinned.userId, userId);
    const other = pinned?.others?.[0];
    if (other !== undefined) throw new ReboundLoginIdWarning(loginId, other, userId);
    await this.bind(loginId, userId);
    return userId;
  }

  /** Pins a loginId to a user. @param chosen by the user, after a warning */
  async bind(loginId: string, userId: string, chosen = false): Promise<void> {
    const contact = await this.state.contact(userId);
    const changes = new Changes().put(handleKey(loginId), { userId }).put(contactKey(userId), { ...contact, loginId });
    if (chosen) {
      const known = (await this.state.knownHandle(loginId)) ?? { users: [] };
      const choice = { users: [userId], chosen: { at: timeAfter(this.now(), [known.chosen]), value: userId } };
      changes.put(knownHandleKey(loginId), mergeHandles(known, choice));
    }
    await this.state.commit(changes);
  }

  async #pinned(userId: string): Promise<KeyChain | null> {
    const cached = this.#chains.get(userId);
    if (cached !== undefined) return cached;
    const pin = await this.state.chain(userId);
    if (pin === null) return null;
    const chain = await this.#judged(wholeChain(pin));
    if (chain.conflict?.decided === true) {
      // The user has decided on another device that these are not the contact's keys.
      await this.state.commit(new Changes().remove(chainKey(userId)));
      return null;
    }
    this.#chains.set(userId, chain);
    return chain;
  }

  /** The user's own keys are judged by their vault (keys/own-keys.ts). */
  async #judged(chain: KeyChain): Promise<KeyChain> {
    const known = chain.userId === this.ownUserId ? null : await this.state.knownUser(chain.userId);
    return known === null ? chain : withSharedTrust(chain, known);
  }

  async #firstSight(userId: string, look: Look): Promise<KeyChain> {
    await this.#requireSharedState(userId);
    const known = await this.state.knownUser(userId);
    const extent = await this.#extentOf(userId, look, 1, newestSeen(known ?? EMPTY_USER));
    const statements = await fetchStatements(this.api, userId, 1, extent);
    const chain = refusingKeys(userId, () => verifyChain(this.#owner(userId), statements));
    if (known === null) return this.#store(null, chain);
    const judged = await this.#rewound.judging(userId, null, () => requireKnown(chain, known), extent.most);
    return this.#store(null, judged);
  }

  /**
   * Nobody is trusted at first sight while the user's other clients may know better, and the server does not show what.
   * The user's own keys are vouched for by their vault.
   */
  async #requireSharedState(userId: string): Promise<void> {
    const warned = userId === this.ownUserId ? null : await this.state.record('state-warning');
    if (warned !== null) throw new SharedStateWarning(warned.code, warned.message, warned.stateVersion);
  }

  async #extentOf(userId: string, look: Look, from: number, known: number): Promise<Extent & { most: number }> {
    return extentOf(look, (await this.#trustStates.of(userId)) === 'accepted', from, known);
  }

  #owner(userId: string): ChainOwner {
    return { serviceId: this.serviceId, userId };
  }

  /** From the pinned head on, so that the server has to show again what it has shown before. */
  async #extendFromServer(pinned: KeyChain, look: Look): Promise<KeyChain> {
    const { userId } = pinned;
    const known = (await this.state.knownUser(userId)) ?? EMPTY_USER;
    const from = newestOf(pinned).version;
    const extent = await this.#extentOf(userId, look, from, Math.max(from, newestSeen(known)));
    const statements = await fetchStatements(this.api, userId, from, extent);
    const chain = await this.#rewound.judging(
      userId,
      pinned,
      () => {
        const extended = extendChain(pinned, statements, { complete: true });
        const newest = newestOf(extended).version;
        if (newestSeen(known) > newest) throw new KeysRefused('contact.rollback', userId, { version: newest });
        return extended;
      },
      from + extent.most,
    );
    return this.#store(pinned, chain);
  }

  async #store(before: KeyChain | null, chain: KeyChain): Promise<KeyChain> {
    if (chain === before) return chain;
    // Anybody can begin a chain anew without the old keys. Whether it was the user, their vault knows (keys/own-keys.ts).
    if (chain.userId === this.ownUserId && isBlocked(chain)) return chain;
    const judged = await this.#judged(chain);
    await this.state.commit(new Changes().pin(pinOfChain(judged)));
    this.#chains.set(chain.userId, judged);
    return judged;
  }
}
