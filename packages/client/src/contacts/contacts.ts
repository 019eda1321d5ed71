import { encodeBase64Url, isUuidV7 } from '@sealpost/protocol';
import { loginIdArgument } from '../arguments.js';
import { ClientError } from '../errors.js';
import { Changes, contactKey, type ClientState } from '../state/client-state.js';
import { newestOf, rootOf, type KeyChain } from './chain.js';
import { type ContactDirectory, warningOf } from './contact-directory.js';
import {
  ConflictingKeysWarning,
  type ContactWarning,
  ReboundLoginIdWarning,
  RecoveredKeysWarning,
} from './contact-errors.js';
import { isVerifiedRoot } from './knowledge.js';
import { safetyNumber } from './safety-number.js';

/** A user: their loginId, their userId, or one of the two said outright. */
export type UserReference = string | { readonly userId: string } | { readonly loginId: string };

/** What this client knows of another user. */
export interface Contact {
  readonly userId: string;
  /** The loginId under which this client looked the user up; absent where it never did. */
  readonly loginId?: string;
  readonly keyVersion: number;
  /** True where the safety number of the present keys was compared and marked with verify(). */
  readonly verified: boolean;
  /** What has to be accepted before messages go to the user or come from them. */
  readonly warning?: ContactWarning;
}

/** The people one writes to: whom a loginId leads to, their keys, and how far they are to be trusted. */
export class Contacts {
  constructor(
    private readonly state: ClientState,
    private readonly directory: ContactDirectory,
    private readonly ownUserId: string,
  ) {}

  /**
   * Asks the server for the user's newest keys, verifies and pins them.
   * @throws KeysRefused, ReboundLoginIdWarning, ApiError `keys.user-not-found`
   */
  async get(user: UserReference): Promise<Contact> {
    const reference = parseReference(user);
    const userId = 'userId' in reference ? reference.userId : await this.directory.lookUp(reference.loginId);
    return this.#describe(await this.directory.refresh(userId));
  }

  /** The number that both sides see alike, and nobody else's server can imitate: 12 groups of five digits. */
  async safetyNumber(user: UserReference): Promise<string> {
    return safetyNumber(await this.directory.chain(this.ownUserId), await this.#known(user));
  }

  /**
   * Marks the user's present keys as compared. The mark goes when the keys are replaced without the old ones.
   * @param number the safety number that was compared, so that nobody verifies what has changed in the meantime
   */
  async verify(user: UserReference, number: string): Promise<Contact> {
    const chain = await this.#known(user);
    const own = await this.directory.chain(this.ownUserId);
    if (digitsOf(number) !== digitsOf(safetyNumber(own, chain))) {
      throw new ClientError('client.invalid-argument', 'The safety number is another one');
    }
    const contact = await this.state.contact(chain.userId);
    const record = { ...contact, verifiedRoot: encodeBase64Url(rootOf(chain).keysHash) };
    await this.state.commit(new Changes().put(contactKey(chain.userId), record));
    return this.#describe(chain);
  }

  /**
   * Lets a contact through that a warning blocks. Exactly what the warning names is accepted: where it has changed since,
   * there is a new warning.
   */
  async accept(warning: ContactWarning): Promise<Contact> {
    if (warning instanceof ReboundLoginIdWarning) return this.#acceptBinding(warning);
    if (warning instanceof ConflictingKeysWarning) return this.#acceptConflict(warning);
    if (!(warning instanceof RecoveredKeysWarning)) {
      throw new ClientError('client.invalid-argument', 'This is not a warning that can be accepted');
    }
    const chain = await this.directory.chain(warning.userId);
    const root = rootOf(chain);
    if (root.version !== warning.version || encodeBase64Url(root.keysHash) !== warning.root) {
      throw warningOf(chain) ?? new ClientError('client.invalid-argument', 'There is no such warning any more');
    }
    return this.#describe(await this.directory.accept(warning.userId, 'root'));
  }

  async #acceptConflict(warning: ConflictingKeysWarning): Promise<Contact> {
    const chain = await this.directory.chain(warning.userId);
    if (chain.conflict?.version !== warning.version || chain.conflict.hash !== warning.hash) {
      throw warningOf(chain) ?? new ClientError('client.invalid-argument', 'There is no such warning any more');
    }
    return this.#describe(await this.directory.accept(warning.userId, 'conflict'));
  }

  async #acceptBinding(warning: ReboundLoginIdWarning): Promise<Contact> {
    const { loginId, userId } = warning;
    await this.directory.bind(loginId, userId, true);
    return this.#describe(await this.directory.chain(userId));
  }

  /** The user's chain without asking the server, where it is known already. */
  async #known(user: UserReference): Promise<KeyChain> {
    return this.directory.chain(await resolveUser(this.directory, user));
  }

  async #describe(chain: KeyChain): Promise<Contact> {
    const record = await this.state.contact(chain.userId);
    const warning = warningOf(chain);
    return {
      userId: chain.userId,
      ...(record?.loginId === undefined ? {} : { loginId: record.loginId }),
      keyVersion: newestOf(chain).version,
      verified: isVerifiedRoot(chain, await this.state.knownUser(chain.userId), record?.verifiedRoot),
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
