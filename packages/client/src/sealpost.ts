import type { TokensJson } from '@sealpost/protocol';
import { Account } from './account/account.js';
import { Credentials } from './account/credentials.js';
import type { Environment } from './account/environment.js';
import { Erasure } from './account/erasure.js';
import { login } from './account/login.js';
import { recover } from './account/recovery.js';
import { register } from './account/registration.js';
import { requestReset, resetKeys, type RequestedReset } from './account/reset.js';
import { checkService, requireService } from './account/service-check.js';
import { VaultKeyChanges } from './account/vault-key-changes.js';
import { ContactDirectory } from './contacts/contact-directory.js';
import { Contacts, type UserReference } from './contacts/contacts.js';
import { randomBytes } from './crypto/primitives.js';
import { loadSodium } from './crypto/sodium.js';
import { ClientError, isApiError } from './errors.js';
import { Access } from './http/access.js';
import { AccountApi } from './http/account-api.js';
import { PublicApi, UserApi } from './http/api.js';
import { PendingResetsApi } from './http/reset-api.js';
import { ServiceAddress } from './http/service-address.js';
import { Transport } from './http/transport.js';
import { EntryOpener } from './inbox/entry-opener.js';
import type { InboxEntry } from './inbox/inbox-entry.js';
import { Inbox, type InboxOptions } from './inbox/inbox.js';
import { Keys } from './keys/keys.js';
import { OwnKeys } from './keys/own-keys.js';
import type {
  ClientOptions,
  LoginOptions,
  RecoverOptions,
  RegisterOptions,
  RequestResetOptions,
  ResetKeysOptions,
} from './options.js';
import { DueReceipts } from './receipts/due-receipts.js';
import { ReceiptSettings } from './receipts/receipt-settings.js';
import { Receipts } from './receipts/receipts.js';
import { SentMessages } from './receipts/sent-messages.js';
import { BatchDelivery } from './sending/batch-delivery.js';
import type { MessageToSend, SendOutcome, SentMessage } from './sending/bulk.js';
import { Delivery } from './sending/delivery.js';
import type { Content, SendOptions } from './sending/draft.js';
import { Sealing } from './sending/sealing.js';
import { Sender, type Outbox } from './sending/sender.js';
import { PendingResets } from './account/pending-resets.js';
import { Sessions } from './sessions.js';
import { Changes, ClientState } from './state/client-state.js';
import type { AccountRecord } from './state/records.js';
import { StreamsStore } from './state/streams-store.js';
import { MemoryStorage } from './storage/memory-storage.js';

export interface Registered {
  readonly client: Sealpost;
  /**
   * 24 words that open the account when the password is lost. Show them once, have them written down, and forget them:
   * nobody can show them again.
   */
  readonly recoveryWords: string;
}

export interface LogoutOptions {
  /** Removes everything from the storage, pins and streams included. */
  readonly forget?: boolean;
  /** Removes the secrets also where the server cannot be told: end the session from another device then. */
  readonly force?: boolean;
}

/** A signed-in user. Everything is encrypted and decrypted here; the server sees neither contents nor the password. */
export class Sealpost {
  readonly userId: string;
  readonly account: Account;
  readonly keys: Keys;
  readonly contacts: Contacts;
  readonly sessions: Sessions;
  /** Resets of this account that somebody has asked for. */
  readonly resets: PendingResets;
  readonly outbox: Outbox;
  readonly receipts: Receipts;
  readonly #api: UserApi;
  readonly #state: ClientState;
  readonly #sender: Sender;
  readonly #inbox: Inbox;
  readonly #closing = new AbortController();

  private constructor(environment: Environment, account: AccountRecord) {
    const { address, transport, api, state, now } = environment;
    const { userId, loginId } = account;
    const store = {
      readTokens: () => state.record('tokens'),
      writeTokens: (tokens: TokensJson) => state.commit(new Changes().set('tokens', tokens)),
    };
    const access = new Access(transport, store, () => checkService(api, address));
    const userApi = new UserApi(access);
    const directory = new ContactDirectory(userApi, state, address.serviceId, userId);
    const ownKeys = new OwnKeys(userApi, state, directory, userId, now);
    const streams = new StreamsStore(state);
    const sent = new SentMessages(state);
    const sealing = new Sealing(streams, directory, ownKeys, userId, now);
    const single = new Delivery(userApi, sealing);
    const deliveries = { sealing, single, batches: new BatchDelivery(userApi, sealing, single) };
    const opener = new EntryOpener(state, streams, directory, ownKeys, { userId, sent });
    const closing = this.#closing.signal;
    const accountApi = new AccountApi(access);
    this.userId = userId;
    const credentials = new Credentials(environment, accountApi, ownKeys);
    const erasure = new Erasure(environment, accountApi, () => this.close());
    const vaultKeyParts = { api: userApi, accountApi, access, directory, ownKeys };
    const vaultKey = new VaultKeyChanges(environment, vaultKeyParts);
    this.account = new Account(accountApi, credentials, erasure, vaultKey, loginId);
    this.keys = new Keys(ownKeys);
    this.contacts = new Contacts(state, directory, userId);
    this.sessions = new Sessions(userApi, access);
    this.resets = new PendingResets(new PendingResetsApi(access));
    this.#sender = new Sender(deliveries, state, directory, sent, { serviceId: address.serviceId, userId, now });
    this.outbox = this.#sender;
    const settings = new ReceiptSettings(state, directory);
    this.receipts = new Receipts(state, settings, new DueReceipts(state), this.#sender, closing);
    this.#inbox = new Inbox(userApi, state, opener, this.receipts, closing);
    this.#api = userApi;
    this.#state = state;
  }

  /** Makes a new user, whose keys and password never leave this client. Takes as long as the password suite asks for. */
  static async register(options: RegisterOptions): Promise<Registered> {
    const environment = await environmentOf(options);
    const recoveryWords = await register(environment, options);
    return { client: await Sealpost.#open(environment), recoveryWords };
  }

  /** Signs a user in with the password alone. In a storage that has been used before, what was seen then still counts. */
  static async login(options: LoginOptions): Promise<Sealpost> {
    const environment = await environmentOf(options);
    await login(environment, options);
    return Sealpost.#open(environment);
  }

  /**
   * Sets a new password with the recovery words, without the old one, and signs in with it. All other sessions end. Keys
   * and messages stay as they are, and the words go on to work.
   * @throws ApiError `auth.recovery-refused` for an unknown loginId and for wrong words alike
   */
  static async recover(options: RecoverOptions): Promise<Sealpost> {
    const environment = await environmentOf(options);
    await recover(environment, options);
    return Sealpost.#open(environment);
  }

  /**
   * Asks for the reset of an account whose password and recovery words are lost. The answer is the same for every
   * loginId: it says how the claim token reaches its owner, if there is such an account.
   * @throws ApiError `auth.reset-off` where the service has none
   */
  static async requestReset(options: RequestResetOptions): Promise<RequestedReset> {
    return requestReset(await environmentOf(options), options.loginId);
  }

  /**
   * Begins an account anew with a claim token, and signs in. Everything secret is new: keys, vault, password, recovery
   * words. All other sessions end. Messages that were sent before cannot be opened any more, by nobody, and every contact
   * gets a blocking warning.
   * @throws ApiError `auth.claim-refused`; `auth.claim-not-ready` where the token does not count yet
   */
  static async resetKeys(options: ResetKeysOptions): Promise<Registered> {
    const environment = await environmentOf(options);
    const recoveryWords = await resetKeys(environment, options);
    return { client: await Sealpost.#open(environment), recoveryWords };
  }

  /** Goes on with the session that the storage holds, without asking the server. @throws ClientError `client.no-account` */
  static async resume(options: ClientOptions): Promise<Sealpost> {
    return Sealpost.#open(await environmentOf(options));
  }

  static async #open(environment: Environment): Promise<Sealpost> {
    const account = await environment.state.record('account');
    const session = await environment.state.record('session');
    if (account === null || session === null) {
      throw new ClientError('client.no-account', 'The storage holds no session: register or log in first');
    }
    requireService(account, environment.address);
    return new Sealpost(environment, account);
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
    options: SendOptions = {},
  ): Promise<SentMessage> {
    return this.#sender.send(to, content, options);
  }

  /**
   * Encrypts and sends any number of messages, up to 100 in one request. Within a conversation they arrive in the order
   * of the list. A message that fails does not hold the others up.
   * @returns what became of each, in the order of the list; does not throw for what concerns single messages or the server
   */
  sendMany(messages: readonly MessageToSend[]): Promise<readonly SendOutcome[]> {
    return this.#sender.sendMany(messages);
  }

  /**
   * The mailbox, entry by entry, from where it was left. An entry is left behind when the next one is asked for; who
   * breaks out of the loop gets the last entry again, unless they called its take().
   */
  inbox(options: InboxOptions = {}): AsyncGenerator<InboxEntry, void, void> {
    return this.#inbox.read(options);
  }

  /** Tells the server, and so the user's other devices, that everything up to this sequence was read. */
  async acknowledge(sequence: number): Promise<void> {
    await this.#api.acknowledge(sequence);
  }

  /** Deletes a message from one's own mailbox; others keep theirs. */
  delete(messageId: string): Promise<void> {
    return this.#api.deleteMessage(messageId);
  }

  /**
   * Ends the session and removes tokens, vault key and outbox from the storage. What was seen of others (pins, streams,
   * the place in the mailbox) and an account secret stay for the next log-in, unless `forget` is set.
   * @throws NetworkError, ApiError where the server was not told; nothing was removed then, unless `force` is set
   */
  async logout({ forget = false, force = false }: LogoutOptions = {}): Promise<void> {
    try {
      await this.#api.logout();
    } catch (error) {
      // With 401 the session is over already.
      if (!force && !(isApiError(error) && error.status === 401)) throw error;
    }
    if (forget) await this.#state.clear();
    else await this.#removeSecrets();
    await this.close();
  }

  /** Ends every inbox that waits, and gives the storage back. The session goes on: see resume(). */
  close(): Promise<void> {
    this.#closing.abort();
    return this.#state.close();
  }

  async #removeSecrets(): Promise<void> {
    const changes = new Changes().remove('session').remove('tokens').remove('rotation');
    for (const key of await this.#state.keys('outbox/')) changes.remove(key);
    for (const key of await DueReceipts.keys(this.#state)) changes.remove(key);
    await this.#state.commit(changes, { erase: true });
  }
}

async function environmentOf(options: ClientOptions): Promise<Environment> {
  await loadSodium();
  const address = new ServiceAddress(options.service);
  const transport = new Transport(address, options, randomFraction);
  const state = new ClientState(options.storage ?? new MemoryStorage());
  return { address, transport, api: new PublicApi(transport), state, now: options.now ?? Date.now };
}

/** In [0, 1), for the jitter of repetitions. */
function randomFraction(): number {
  const [a = 0, b = 0] = randomBytes(2);
  return (a * 256 + b) / 65_536;
}
