import type { MessageSuite } from '@sealpost/protocol';
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
export interface Environment extends CallOptions {
  readonly address: ServiceAddress;
  readonly transport: Transport;
  readonly api: PublicApi;
  readonly state: ClientState;
  readonly keyRotation: KeyRotation;
  /** Suites whose messages are opened. */
  readonly acceptSuites: readonly MessageSuite[];
  /** The least strength of new passwords; 0: none is asked for. */
  readonly minimumPasswordScore: PasswordScore;
  /** Unix milliseconds. */
  readonly now: () => number;
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

/** In [0, 1), for the jitter of repetitions. */
function randomFraction(): number {
  const [a = 0, b = 0] = randomBytes(2);
  return (a * 256 + b) / 65_536;
}
