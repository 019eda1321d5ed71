import { assembleClient, removeSecrets } from './client-parts.js';
import { Account } from './account/account.js';
import { opening, storedAccount, type ClientOptions, type Environment } from './account/environment.js';
import { login } from './account/login.js';
import { moveRecovered, recover } from './account/recovery.js';
import { handingOver, register } from './account/registration.js';
import { PendingResets, requestReset, resetKeys, type RequestedReset } from './account/reset.js';
import {
  generateServiceKey,
  makeServiceAccount,
  openServiceAccount,
  type ServiceKey,
} from './account/service-account.js';
import { endUnkept } from './account/session.js';
import { loginIdArgument } from './arguments.js';
import { Contacts, type UserReference } from './contacts/contacts.js';
import { Devices } from './devices/devices.js';
import { join } from './devices/join.js';
import { ClientError, isApiError, isSessionKeyLost } from './errors.js';
import type { ClientEvents, ClientEventType, ClientListener, ListenerOptions } from './events.js';
import { UserApi } from './http/user-api.js';
import { abortable, type CallOptions } from './http/call-options.js';
import type { InboxEntry } from './inbox/inbox-entry.js';
import { Inbox, type InboxOptions } from './inbox/inbox.js';
import { Keys } from './keys/keys.js';
import {
  hasKey,
  hasPassword,
  type JoinOptions,
  type LogoutOptions,
  type OpenOptions,
  type RecoverOptions,
  type RegisterOptions,
  type RegisterServiceOptions,
  type RequestResetOptions,
  type ResetKeysOptions,
  type StateOptions,
} from './options.js';
import { Receipts } from './receipts/receipts.js';
import type { MessageToSend, SendOutcome, SentMessage } from './sending/bulk.js';
import type { Content, SendOptions } from './sending/draft.js';
import { Sender, type Outbox } from './sending/sender.js';
import { Sessions } from './sessions.js';
import type { SharedStateControl } from './sync/state-sync.js';
import type { SyncSchedule } from './sync/sync-schedule.js';
import type { ClientState } from './state/client-state.js';
import type { AccountRecord } from './state/records.js';

export interface Registered {
  readonly client: Sealpost;
  /**
   * 24 words that open the account when the password is lost. Show them once, have them written down, and forget them:
   * nobody can show them again.
   */
  readonly recoveryWords: string;
}

export interface RegisteredService {
  readonly client: Sealpost;
  /** Everything that a program needs to go on as this account. */
  readonly key: ServiceKey;
  /** The recovery words, like a person's; absent where an earlier attempt had made the account already: make new ones then. */
  readonly recoveryWords?: string;
}

/** A signed-in user. Everything is encrypted and decrypted here; the server sees neither contents nor the password. */
export class Sealpost {
  readonly userId: string;
  readonly account: Account;
  readonly keys: Keys;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  readonly devices: Devices;
  /** Resets of this account that somebody has asked for. */
  readonly resets: PendingResets;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly sharedState: SharedStateControl;
  readonly #api: UserApi;
  readonly #state: ClientState;
  readonly #sender: Sender;
  readonly #inbox: Inbox;
  readonly #sync: SyncSchedule;
  readonly #events: ClientEvents;
  readonly #closing = new AbortController();

  private constructor(environment: Environment, account: AccountRecord) {
    const ending = { closing: this.#closing.signal, close: () => this.close() };
    const parts = assembleClient(environment, account, ending);
    this.userId = account.userId;
    this.account = parts.account;
    this.keys = parts.keys;
    this.contacts = parts.contacts;
    this.sessions = parts.sessions;
    this.devices = parts.devices;
    this.resets = parts.resets;
    this.receipts = parts.receipts;
    this.outbox = this.#sender = parts.sender;
    this.sharedState = this.#sync = parts.sharedState;
    this.#inbox = parts.inbox;
    this.#events = parts.events;
    this.#api = parts.api;
    this.#state = environment.state;
  }

  /** Makes a new user, whose keys and password never leave this client. Takes as long as the password suite asks for. */
  static async register(options: RegisterOptions): Promise<Registered> {
    return opening(options, async (environment) => {
      const recoveryWords = await register(environment, options);
      return { client: await handingOver(environment, () => Sealpost.#resume(environment)), recoveryWords };
    });
  }

  /**
   * Opens a client of an account that there is, by what the options have:
   * - `password` (and `loginId`): signs a user in with the password alone. In a storage that has been used before, what was
   *   seen then still counts.
   * - `key`: signs a program in with the key of its service account, and goes on where the program before it stopped: with its
   *   pins, its streams and its place in the inbox. It needs no storage for that.
   * - neither: goes on with the session that the storage holds, without asking the server.
   * @throws ApiError `auth.login-refused`; ClientError `client.no-account` where the storage holds no session
   */
  static async open(options: OpenOptions): Promise<Sealpost> {
    if (hasKey(options)) {
      const { service } = options.key;
      return Sealpost.#signIn({ ...options, service }, (environment) => openServiceAccount(environment, options));
    }
    if (hasPassword(options)) return Sealpost.#signIn(options, (environment) => login(environment, options));
    return opening(options, (environment) => Sealpost.#resume(environment));
  }

  /**
   * Sets a new password with the recovery words, without the old one, and signs in with it. All other sessions end. Keys
   * and messages stay as they are, and the words go on to work.
   * @throws ApiError `auth.recovery-refused` for an unknown loginId and for wrong words alike; `auth.login-id-taken`, after
   *   which the new password opens the account under its old loginId, and nobody is signed in
   */
  static async recover(options: RecoverOptions): Promise<Sealpost> {
    return opening(options, async (environment) => {
      await recover(environment, options);
      const client = await Sealpost.#begin(environment, options.discardState === true);
      await moveRecovered(environment, client, options);
      return client;
    });
  }

  /** Makes an account for a program: a key takes the place of the password. */
  static async registerServiceAccount(options: RegisterServiceOptions): Promise<RegisteredService> {
    return opening(options, async (environment) => {
      const { service, loginId, keep = async () => undefined } = options;
      const begun = options.key ?? generateServiceKey(service, loginIdArgument(loginId));
      if (options.key === undefined) await keep(begun);
      const made = await makeServiceAccount(environment, { ...options, key: begun });
      await keep(made.key);
      return { ...made, client: await handingOver(environment, () => Sealpost.#begin(environment, false)) };
    });
  }

  /**
   * Joins an account without its password, with the approval of a device that is signed in. This client then reads, sends
   * and rotates keys like that one; what needs the password still does.
   * @throws ClientError `devices.not-confirmed`, `devices.tampered`, `devices.expired`; ApiError
   *   `auth.device-request-denied`. Nothing is kept then.
   */
  static async join(options: JoinOptions): Promise<Sealpost> {
    return Sealpost.#signIn(options, (environment) => join(environment, options));
  }

  /**
   * Asks for the reset of an account whose password and recovery words are lost. The answer is the same for every
   * loginId: it says how the claim token reaches its owner, if there is such an account.
   * @throws ApiError `auth.reset-off` where the service has none
   */
  static async requestReset(options: RequestResetOptions): Promise<RequestedReset> {
    return opening(options, (environment) => requestReset(environment, options.loginId));
  }

  /**
   * Begins an account anew with a claim token, and signs in. Everything secret is new: keys, vault, password, recovery
   * words. All other sessions end. Messages that were sent before cannot be opened any more, by nobody, and every contact
   * gets a blocking warning.
   * @throws ApiError `auth.claim-refused`; `auth.claim-not-ready` where the token does not count yet
   */
  static async reset(options: ResetKeysOptions): Promise<Registered> {
    return opening(options, async (environment) => {
      const recoveryWords = await resetKeys(environment, options);
      return { client: await handingOver(environment, () => Sealpost.#resume(environment)), recoveryWords };
    });
  }

  static #signIn(
    options: ClientOptions & StateOptions,
    work: (environment: Environment) => Promise<void>,
  ): Promise<Sealpost> {
    return opening(options, async (environment) => {
      await work(environment);
      return Sealpost.#begin(environment, options.discardState === true);
    });
  }

  /** What the user's other clients know counts from the beginning. What is wrong with it is in `sharedState.problem`. */
  static async #begin(environment: Environment, discardState: boolean): Promise<Sealpost> {
    const client = await Sealpost.#resume(environment);
    try {
      await client.#sync.begin(discardState);
      return client;
    } catch (error) {
      await endUnkept(environment, client.#api);
      await removeSecrets(client.#state);
      throw error;
    }
  }

  static async #resume(environment: Environment): Promise<Sealpost> {
    const account = await storedAccount(environment);
    if (account === null || (await environment.state.record('session')) === null) {
      throw new ClientError('client.no-account', 'The storage holds no session: register or log in first');
    }
    const client = new Sealpost(environment, account);
    await client.#sync.resume();
    return client;
  }

  get loginId(): string {
    return this.account.loginId;
  }

  /**
   * Encrypts and sends.
   * @returns once the server has taken it
   * @throws UnconfirmedSend where that is not known: the message stays in the outbox and is sent again
   * @throws ContactWarning, KeysRefused, ApiError, ClientError where it was not sent
   */
  send(
    to: UserReference | readonly UserReference[],
    content: Content,
    options: SendOptions & CallOptions = {},
  ): Promise<SentMessage> {
    return abortable(options, (call) => this.#sender.send(to, content, { ...options, ...call }));
  }

  /**
   * Encrypts and sends any number of messages, up to 100 in one request. Within a conversation they arrive in the order
   * of the list. A message that fails does not hold the others up.
   * @returns what became of each, in the order of the list; does not throw for what concerns single messages or the server
   */
  sendMany(messages: readonly MessageToSend[], call: CallOptions = {}): Promise<readonly SendOutcome[]> {
    return abortable(call, (inner) => this.#sender.sendMany(messages, inner));
  }

  /**
   * The mailbox, entry by entry, from where it was left. Asking for the next entry says that this device is done with the
   * one before; who breaks out of the loop gets the last entry again, unless they called its done().
   */
  inbox(options: InboxOptions = {}): AsyncGenerator<InboxEntry, void, void> {
    return this.#inbox.read(options);
  }

  /** Calls a listener with each event that is no answer to a call, as an EventTarget does: `event.detail` says what happened. */
  addEventListener<T extends ClientEventType>(type: T, listener: ClientListener<T>, options?: ListenerOptions): void {
    this.#events.add(type, listener, options);
  }

  removeEventListener<T extends ClientEventType>(type: T, listener: ClientListener<T>): void {
    this.#events.remove(type, listener);
  }

  /**
   * Ends the session and removes tokens, vault key and outbox from the storage. What was seen of others (pins, streams,
   * the place in the mailbox) and an account secret stay for the next log-in, unless `forget` is set.
   * @throws NetworkError, ApiError where the server was not told; nothing was removed then, unless `force` is set
   */
  async logout({ forget = false, force = false, signal }: LogoutOptions = {}): Promise<void> {
    await abortable({ signal }, () => this.#sync.flush());
    try {
      await this.#api.logout({ signal });
    } catch (error) {
      signal?.throwIfAborted();
      // With 401 the session is over already; without its key nobody goes on with it.
      const isOver = isApiError(error) ? error.status === 401 : isSessionKeyLost(error);
      if (!force && !isOver) throw error;
    }
    if (forget) await this.#state.clear();
    else await removeSecrets(this.#state);
    await this.close();
  }

  /** Ends every inbox that waits, shares what is not shared yet, and gives the storage back, as `await using` does. The session goes on: open() without a password. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#sync.close();
    await this.#state.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
