import { encodeBase64Url, isUuidV7, LIMITS } from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { ClientError } from '../errors.js';
import type { UserApi } from '../http/user-api.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import type { ClientState } from '../state/client-state.js';
import { newestOf, rootOf, type KeyChain, warningOf, safetyNumber } from '../trust/chain.js';
import { ASKED } from './chain-source.js';
import type { ContactDirectory } from './contact-directory.js';
import {
  ConflictingKeysWarning,
  ContactWarning,
  NewRootWarning,
  ReboundLoginIdWarning,
  RewoundKeysWarning,
} from '../trust/contact-errors.js';
import { verifiedVersion } from '../trust/shared-trust.js';
import type { TrustState, TrustStates } from './trust-states.js';

/** A user: their loginId, their userId, or one of the two said outright. */
export type UserReference = string | { readonly userId: string } | { readonly loginId: string };

/** What this client knows of another user. */
export interface Contact {
  readonly userId: string;
  /** The loginId under which this client looked the user up; absent where it never did. */
  readonly loginId?: string;
  readonly keyVersion: number;
  /** Names the newest statement: base64url of its hash, as the user's own `keys.current()` says it. */
  readonly keysHash: string;
  /** True where the safety number of the present root was compared and marked with verify(). */
  readonly verified: boolean;
  /** The version that was the newest when it was compared; newer ones are vouched for by the keys before them only. */
  readonly verifiedVersion?: number;
  /** Whether the user has accepted or blocked them: accept(), block(). The user's own: `accepted`. */
  readonly trust: TrustState;
  /** What has to be accepted before messages go to the user or come from them. */
  readonly warning?: ContactWarning;
}

/** What contacts are made of. */
interface ContactParts {
  /** The user's own. */
  readonly userId: string;
  readonly api: UserApi;
  readonly state: ClientState;
  readonly directory: ContactDirectory;
  readonly trustStates: TrustStates;
}

/** The people one writes to: whom a loginId leads to, their keys, and how far they are to be trusted. */
export class Contacts {
  constructor(private readonly parts: ContactParts) {}

  /**
   * Asks the server for the user's newest keys, verifies and pins them.
   * @throws KeysRefused, ReboundLoginIdWarning, ApiError `keys.user-not-found`
   */
  get(user: UserReference, call: CallOptions = {}): Promise<Contact> {
    return abortable(call, async () => {
      const reference = parseReference(user);
      const userId = 'userId' in reference ? reference.userId : await this.parts.directory.lookUp(reference.loginId);
      return this.#describe(await this.parts.directory.refresh(userId, ASKED));
    });
  }

  /** The number that both sides see alike, and nobody else's server can imitate: 12 groups of five digits. */
  safetyNumber(user: UserReference, call: CallOptions = {}): Promise<string> {
    return abortable(call, async () =>
      safetyNumber(await this.parts.directory.chain(this.parts.userId), await this.#known(user)),
    );
  }

  /**
   * Marks the user's present keys as compared. The mark goes when the keys are replaced without the old ones.
   * @param number the safety number that was compared, so that nobody verifies what has changed in the meantime
   */
  verify(user: UserReference, number: string, call: CallOptions = {}): Promise<Contact> {
    return abortable(call, (inner) => this.#verify(user, number, inner));
  }

  async #verify(user: UserReference, number: string, { signal }: CallOptions): Promise<Contact> {
    const chain = await this.#known(user);
    const own = await this.parts.directory.chain(this.parts.userId);
    signal?.throwIfAborted();
    if (digitsOf(number) !== digitsOf(safetyNumber(own, chain))) {
      throw new ClientError('client.invalid-argument', 'The safety number is another one');
    }
    await this.parts.directory.mark(chain);
    await this.parts.trustStates.welcome([chain.userId]);
    return this.#describe(chain);
  }

  /**
   * Says that a stranger's messages are welcome: they are no requests any more, and receipts may go to them. Who is blocked
   * is let in again by unblock().
   *
   * With a warning: lets a contact through that it blocks. Exactly what the warning names is accepted: where it has changed
   * since, there is a new warning.
   */
  accept(what: ContactWarning | UserReference, call: CallOptions = {}): Promise<Contact> {
    return abortable(call, (inner) =>
      what instanceof ContactWarning ? this.#acceptWarning(what, inner) : this.#welcome(what, inner),
    );
  }

  async #welcome(user: UserReference, { signal }: CallOptions): Promise<Contact> {
    const chain = await this.#known(user);
    signal?.throwIfAborted();
    await this.parts.trustStates.welcome([chain.userId]);
    return this.#describe(chain);
  }

  /**
   * Keeps a user's messages away, on all devices. The server does not deliver what they send to this user from now on, and
   * tells them nothing: they get the answers that they would get anyway, and no receipts. In a group the others get their
   * messages.
   * @throws ApiError `blocks.full`; NetworkError where it is not known whether the server has it: call it again, blocked() tells
   */
  async block(user: UserReference, call: CallOptions = {}): Promise<void> {
    const userId = await abortable(call, () => this.#other(user));
    await this.parts.api.block(userId, call);
    await this.parts.trustStates.set(userId, 'blocked');
  }

  /** Lets a user's messages come again; what they sent meanwhile stays away. @throws ApiError, NetworkError */
  async unblock(user: UserReference, call: CallOptions = {}): Promise<void> {
    const userId = await abortable(call, () => this.#other(user));
    await this.parts.api.unblock(userId, call);
    await this.parts.trustStates.set(userId, 'accepted');
  }

  /** userIds of everybody who is blocked, by the server or by what this user's devices know. @throws ApiError, NetworkError */
  async blocked(call: CallOptions = {}): Promise<readonly string[]> {
    const listed: string[] = [];
    for (let after: string | undefined; ;) {
      const page = await this.parts.api.blocks(after, call);
      listed.push(...page.items.map(({ userId }) => userId));
      if (listed.length > LIMITS.blocks)
        throw new ClientError('client.bad-answer', 'The server lists blocks without end');
      if (page.next === undefined) break;
      after = page.next;
    }
    return [...new Set([...listed, ...(await this.parts.trustStates.list('blocked'))])].sort();
  }

  async #other(user: UserReference): Promise<string> {
    const userId = await resolveUser(this.parts.directory, user);
    if (userId === this.parts.userId) throw new ClientError('client.invalid-argument', 'Nobody blocks themselves');
    return userId;
  }

  async #acceptWarning(warning: ContactWarning, call: CallOptions): Promise<Contact> {
    if (warning instanceof ReboundLoginIdWarning) return this.#acceptBinding(warning);
    if (warning instanceof ConflictingKeysWarning) return this.#acceptConflict(warning, call);
    if (warning instanceof RewoundKeysWarning) return this.#acceptRewound(warning);
    if (!(warning instanceof NewRootWarning)) {
      throw new ClientError('client.invalid-argument', 'This is not a warning that can be accepted');
    }
    const chain = await this.parts.directory.chain(warning.userId);
    call.signal?.throwIfAborted();
    const root = rootOf(chain);
    if (root.version !== warning.version || encodeBase64Url(root.keysHash) !== warning.root) {
      throw warningOf(chain) ?? new ClientError('client.invalid-argument', 'There is no such warning any more');
    }
    return this.#describe(await this.parts.directory.accept(warning.userId, 'root'));
  }

  async #acceptConflict(warning: ConflictingKeysWarning, { signal }: CallOptions): Promise<Contact> {
    const chain = await this.parts.directory.chain(warning.userId);
    signal?.throwIfAborted();
    if (chain.conflict?.version !== warning.version || chain.conflict.hash !== warning.hash) {
      throw warningOf(chain) ?? new ClientError('client.invalid-argument', 'There is no such warning any more');
    }
    return this.#describe(await this.parts.directory.accept(warning.userId, 'conflict'));
  }

  async #acceptRewound({ userId, hash }: RewoundKeysWarning): Promise<Contact> {
    const accepted = await this.parts.directory.acceptRewound(userId, hash);
    if (accepted !== null) return this.#describe(accepted);
    await this.parts.directory.refresh(userId, ASKED);
    throw new ClientError('client.invalid-argument', 'There is no such warning any more');
  }

  async #acceptBinding(warning: ReboundLoginIdWarning): Promise<Contact> {
    const { loginId, userId } = warning;
    await this.parts.directory.bind(loginId, userId, true);
    return this.#describe(await this.parts.directory.chain(userId, ASKED));
  }

  /** The user's chain without asking the server, where it is known already. */
  async #known(user: UserReference): Promise<KeyChain> {
    return this.parts.directory.chain(await resolveUser(this.parts.directory, user), ASKED);
  }

  async #describe(chain: KeyChain): Promise<Contact> {
    const record = await this.parts.state.contact(chain.userId);
    const warning = warningOf(chain);
    const { version: keyVersion, keysHash } = newestOf(chain);
    const compared = verifiedVersion(chain, await this.parts.state.knownUser(chain.userId));
    return {
      userId: chain.userId,
      ...(record?.loginId === undefined ? {} : { loginId: record.loginId }),
      keyVersion,
      keysHash: encodeBase64Url(keysHash),
      verified: compared !== null,
      ...(compared === null ? {} : { verifiedVersion: compared }),
      trust: await this.parts.trustStates.of(chain.userId),
      ...(warning === null ? {} : { warning }),
    };
  }
}

/** A userId is recognised by its form; a loginId of the same form has to be given as `{ loginId }`. */
function parseReference(user: UserReference): { readonly userId: string } | { readonly loginId: string } {
  if (typeof user !== 'string') {
    if ('loginId' in user) return { loginId: loginIdArgument(user.loginId) };
    if (!isUuidV7(user.userId)) throw new ClientError('client.invalid-argument', 'A userId is a UUID of version 7');
    return user;
  }
  return isUuidV7(user) ? { userId: user } : { loginId: loginIdArgument(user) };
}

/** The userId, without asking the server where it is pinned. */
export async function resolveUser(directory: ContactDirectory, user: UserReference): Promise<string> {
  const reference = parseReference(user);
  return 'userId' in reference ? reference.userId : directory.userIdOf(reference.loginId);
}

function digitsOf(number: string): string {
  return number.replace(/\s/g, '');
}
