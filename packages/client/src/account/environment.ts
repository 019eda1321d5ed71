import { PASSWORD_SUITES, type MessageSuite, type ServiceJson } from '@sealpost/protocol';
import { suitesArgument } from '../arguments.js';
import { randomBytes } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import { ClientError } from '../errors.js';
import { PublicApi } from '../http/public-api.js';
import { type CallOptions, underSignal } from '../http/call-options.js';
import { ServiceAddress, type ServiceOptions } from '../http/service-address.js';
import { Transport, type TransportOptions } from '../http/transport.js';
import type { KeyRotation } from '../keys/rotation-duty.js';
import { ClientState } from '../state/client-state.js';
import type { AccountRecord } from '../state/records.js';
import type { ClientStorage } from '../storage/client-storage.js';
import { EncryptedStorage } from '../storage/encrypted-storage.js';
import { MemoryStorage } from '../storage/memory-storage.js';

/** From 0, guessed at once, to 4, not guessed at all. */
export type PasswordScore = 0 | 1 | 2 | 3 | 4;

export const PASSWORD_SCORE = { highest: 4, default: 3 } as const;

/** What every way to a client needs. */
export interface ClientOptions extends TransportOptions, CallOptions {
  readonly service: ServiceOptions;
  /**
   * Where the client keeps what must survive it. Default: memory, so that the next start needs the password again and
   * knows nothing of what this one has seen.
   */
  readonly storage?: ClientStorage;
  /**
   * Where the service limits the age of keys: `automatic` replaces them while messages are sent, before they are too old;
   * with `manual`, the default, a send is then refused with ApiError `keys.rotation-due` until `client.keys.rotate()`.
   */
  readonly keyRotation?: KeyRotation;
  /**
   * Suites whose messages are opened. Default: `sealpost-v1` alone, the one that signs. A `box` proves its sender only as
   * long as nobody has stolen the recipient's key, and a `sealed-box` anybody can write, the server first of all. What comes
   * in another suite is refused with `message.suite-not-accepted`, and can be read later, once its suite is in this list.
   */
  readonly acceptSuites?: readonly MessageSuite[];
  /**
   * How hard new passwords have to be to guess, of 0 (an estimate is neither made nor loaded) to 4; default 3. The server
   * has what it takes to guess a password, so only the client can ask for a good one.
   */
  readonly minimumPasswordScore?: PasswordScore;
  /** The clock, Unix milliseconds; default Date.now. */
  readonly now?: () => number;
}

/** What registering, logging in and resuming stand on. The signal is that of the call. */
export interface Environment
  extends CallOptions, Required<Pick<ClientOptions, 'keyRotation' | 'acceptSuites' | 'minimumPasswordScore' | 'now'>> {
  readonly address: ServiceAddress;
  readonly transport: Transport;
  readonly api: PublicApi;
  readonly state: ClientState;
}

/** What a client stands on, as its options say. */
async function environmentOf(options: ClientOptions): Promise<Environment> {
  await loadSodium();
  const address = new ServiceAddress(options.service);
  const transport = new Transport(address, options, randomFraction);
  const storage = options.storage ?? new MemoryStorage();
  await requireUnlocked(storage);
  const state = new ClientState(storage);
  const { keyRotation = 'manual', now = Date.now, minimumPasswordScore = PASSWORD_SCORE.default } = options;
  const acceptSuites = suitesArgument(options.acceptSuites ?? ['sealpost-v1']);
  const api = new PublicApi(transport, { deviceToken: async () => (await state.record('known-device'))?.token });
  const { signal } = options;
  return { address, transport, api, state, keyRotation, acceptSuites, minimumPasswordScore, now, signal };
}

/** A call that opens a client; its signal ends nothing that the client does afterwards. */
export async function opening<T>(options: ClientOptions, work: (environment: Environment) => Promise<T>): Promise<T> {
  return underSignal(options, async ({ signal }) => {
    const environment = await environmentOf({ ...options, signal });
    try {
      return await work(environment);
    } finally {
      environment.transport.opened();
    }
  });
}

/** What is in it could not be read, and what is written beside it would not be encrypted. */
async function requireUnlocked(storage: ClientStorage): Promise<void> {
  if (storage instanceof EncryptedStorage || !(await EncryptedStorage.isEncrypted(storage))) return;
  throw new ClientError('storage.encrypted', 'The storage is encrypted: open it with EncryptedStorage.open()');
}

/** A number in [0, 1) for the jitter of repetitions. */
function randomFraction(): number {
  const [a = 0, b = 0] = randomBytes(2);
  return (a * 256 + b) / 65_536;
}

/** Asks who the server is, and refuses one that does not give the configured name (protocol section 1). */
export async function checkService({ api, address }: Pick<Environment, 'api' | 'address'>): Promise<ServiceJson> {
  const service = await api.service();
  if (service.serviceId !== address.serviceId) {
    const names = `"${service.serviceId}" instead of "${address.serviceId}"`;
    throw new ClientError('client.wrong-service', `The server at ${address.url} calls itself ${names}`);
  }
  return service;
}

/** What the server says of itself, asked once and checked. */
export class ServiceFacts {
  #known: Promise<ServiceJson> | null = null;

  constructor(private readonly environment: Pick<Environment, 'api' | 'address'>) {}

  known(): Promise<ServiceJson> {
    this.#known ??= this.refresh().catch((error: unknown) => {
      this.#known = null;
      throw error;
    });
    return this.#known;
  }

  /** Asks the service for its facts anew. */
  async refresh(): Promise<ServiceJson> {
    const service = await checkService(this.environment);
    this.#known = Promise.resolve(service);
    return service;
  }
}

/**
 * The account that the storage knows. Its pins, secrets and keys are refused where they are another service's.
 * @param loginId where the storage must be of no other account
 */
export async function storedAccount({ state, address }: Environment, loginId?: string): Promise<AccountRecord | null> {
  const account = await state.record('account');
  if (account === null) return null;
  if (loginId !== undefined && account.loginId !== loginId) throw otherAccount(account);
  if (account.serviceId === address.serviceId) return account;
  throw new ClientError('storage.other-account', `The storage belongs to service ${account.serviceId}`);
}

export function otherAccount({ loginId }: AccountRecord): ClientError {
  return new ClientError('storage.other-account', `The storage belongs to ${loginId}`);
}

export function otherUser(loginId: string, userId: string): ClientError {
  return new ClientError('login.user-differs', `${loginId} was user ${userId}, the server says another`);
}

/** The lowest suite that a challenge may name: the one that the account has had, and the one that the program asks for. */
export function leastSuite({ minimumSuite }: ServiceAddress, account: AccountRecord | null): number {
  return Math.max(minimumSuite, account?.suite ?? 0);
}

/**
 * The suite of credentials that are made now: the service's, and never a lower one than the account has had. What the
 * service names for new accounts may sink by its operator's decision; nobody's credentials get weaker by that, and nobody
 * is kept from replacing them. Servers take every suite that they know, below and above their own.
 * @param highest that was seen for the account; 0 where none was
 */
export function suiteOfNewCredentials({ passwordSuite }: ServiceJson, highest: number): number {
  const suite = Math.max(passwordSuite, highest);
  for (const named of [passwordSuite, suite]) checkSuite(named, 0);
  return suite;
}

/**
 * Refuses the password suite that a challenge or a handover names for an account, before anything is computed with it
 * (protocol section 2).
 * @param highest that this client has seen for the account, or that its program asks for; 0 where there is neither
 */
export function checkSuite(suite: number, highest: number): void {
  if (!PASSWORD_SUITES.has(suite)) {
    throw new ClientError('login.suite-unknown', `The server names password suite ${suite}, which is not known here`);
  }
  if (suite < highest) {
    throw new ClientError(
      'login.suite-lowered',
      `The server names password suite ${suite}, though the account has ${highest} or more: it may be trying to weaken it`,
    );
  }
}
