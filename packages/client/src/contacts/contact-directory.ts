import { encodeBase64Url, requireBase64Url, type SignedStatementJson } from '@sealpost/protocol';
import { ClientError } from '../errors.js';
import type { UserApi } from '../http/api.js';
import { Changes, contactKey, handleKey, type ClientState } from '../state/client-state.js';
import { NamedMutex } from '../state/mutex.js';
import {
  ChainRefused,
  extendChain,
  isBlocked,
  newestOf,
  rootOf,
  statementAt,
  verifyChain,
  type ChainOwner,
  type KeyChain,
} from './chain.js';
import { chainOfPin, pinOfChain, signedStatementOf } from './chain-pin.js';
import { fetchStatements } from './chain-source.js';
import { ReboundLoginIdWarning, RecoveredKeysWarning, refusingKeys } from './contact-errors.js';
import { compareHandle, verifyHandle } from './handles.js';

/** The verified key chains and loginIds of all users that this client has met: asked of the server once, then pinned. */
export class ContactDirectory {
  readonly #chains = new Map<string, KeyChain>();
  readonly #mutex = new NamedMutex();

  constructor(
    private readonly api: UserApi,
    private readonly state: ClientState,
    private readonly serviceId: string,
    private readonly ownUserId: string,
  ) {}

  /** The pinned chain; at first sight the one that the server shows, verified from version 1 on. */
  chain(userId: string): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => (await this.#pinned(userId)) ?? this.#firstSight(userId));
  }

  /** The chain up to the newest version that the server shows, which must not be older than the pinned one. */
  refresh(userId: string): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => {
      const pinned = await this.#pinned(userId);
      return pinned === null ? this.#firstSight(userId) : this.#extendFromServer(pinned);
    });
  }

  /** The chain with a version in it, if the server has that version. */
  async chainWith(userId: string, version: number): Promise<KeyChain> {
    const chain = await this.chain(userId);
    return statementAt(chain, version) === undefined ? this.refresh(userId) : chain;
  }

  /** Takes in the newest statement of a user that the server showed by itself, e.g. with a conflict or a look-up. */
  absorb(userId: string, json: SignedStatementJson): Promise<KeyChain> {
    return this.#mutex.run(userId, async () => {
      const pinned = await this.#pinned(userId);
      const signed = refusingKeys(userId, () => signedStatementOf(json));
      let chain: KeyChain;
      try {
        chain = pinned === null ? verifyChain(this.#owner(userId), [signed]) : extendChain(pinned, [signed]);
      } catch (error) {
        // It does not connect to what is known by itself: then with all between, or not at all.
        if (!(error instanceof ChainRefused)) throw error;
        return pinned === null ? this.#firstSight(userId) : this.#extendFromServer(pinned);
      }
      return this.#store(pinned, chain);
    });
  }

  /** Pins a chain that was verified elsewhere: the user's own, or one whose root was accepted. */
  keep(chain: KeyChain): Promise<KeyChain> {
    return this.#mutex.run(chain.userId, () => this.#store(null, chain));
  }

  /** The user of a loginId: the pinned one, or who the server says at first sight. */
  async userIdOf(loginId: string): Promise<string> {
    const handle = await this.state.handle(loginId);
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
    const chain = await this.absorb(userId, user.keys);
    refusingKeys(userId, () => {
      const handleSignature = requireBase64Url(user.handleSignature, 'handleSignature');
      verifyHandle(chain, { loginId, handleSignature, handleKeyVersion });
    });
    const { serviceId } = this;
    const pinned = await this.state.handle(loginId);
    const pin = pinned === null ? undefined : { serviceId, loginId, userId: pinned.userId };
    if (pin !== undefined && compareHandle(pin, { serviceId, loginId, userId }) === 'another-user') {
      throw new ReboundLoginIdWarning(loginId, pin.userId, userId);
    }
    await this.bind(loginId, userId);
    return userId;
  }

  /** Pins a loginId to a user. */
  async bind(loginId: string, userId: string): Promise<void> {
    const contact = await this.state.contact(userId);
    const changes = new Changes().put(handleKey(loginId), { userId }).put(contactKey(userId), { ...contact, loginId });
    await this.state.commit(changes);
  }

  async #pinned(userId: string): Promise<KeyChain | null> {
    const cached = this.#chains.get(userId);
    if (cached !== undefined) return cached;
    const pin = await this.state.chain(userId);
    if (pin === null) return null;
    try {
      const chain = chainOfPin(pin);
      this.#chains.set(userId, chain);
      return chain;
    } catch (cause) {
      throw new ClientError('storage.damaged', `The stored keys of user ${userId} are not whole`, { cause });
    }
  }

  async #firstSight(userId: string): Promise<KeyChain> {
    const statements = await fetchStatements(this.api, userId, 1);
    const chain = refusingKeys(userId, () => verifyChain(this.#owner(userId), statements));
    return this.#store(null, chain);
  }

  #owner(userId: string): ChainOwner {
    return { serviceId: this.serviceId, userId };
  }

  /** From the pinned head on, so that the server has to show again what it has shown before. */
  async #extendFromServer(pinned: KeyChain): Promise<KeyChain> {
    const statements = await fetchStatements(this.api, pinned.userId, newestOf(pinned).version);
    const extended = refusingKeys(pinned.userId, () => extendChain(pinned, statements, { complete: true }));
    return this.#store(pinned, extended);
  }

  async #store(before: KeyChain | null, chain: KeyChain): Promise<KeyChain> {
    if (chain === before) return chain;
    // Anybody can begin a chain anew without the old keys. Whether it was the user, their vault knows (keys/own-keys.ts).
    if (chain.userId === this.ownUserId && isBlocked(chain)) return chain;
    await this.state.commit(new Changes().pin(pinOfChain(chain)));
    this.#chains.set(chain.userId, chain);
    return chain;
  }
}

/** The blocking warning of a chain whose newest root was not accepted; null where there is none. */
export function warningOf(chain: KeyChain): RecoveredKeysWarning | null {
  if (!isBlocked(chain)) return null;
  const root = rootOf(chain);
  return new RecoveredKeysWarning(chain.userId, root.version, encodeBase64Url(root.keysHash));
}

/** @throws RecoveredKeysWarning where the user has to be asked first */
export function requireTrusted(chain: KeyChain): KeyChain {
  const warning = warningOf(chain);
  if (warning !== null) throw warning;
  return chain;
}
