import type { LoginOptions as Credentials } from './account/login.js';
import type { RecoverOptions as Recovery } from './account/recovery.js';
import type { RegisterOptions as Registration } from './account/registration.js';
import type { ServiceSession } from './account/service-account.js';
import type { ServiceKey } from './account/service-key.js';
import type { JoinOptions as Joining } from './devices/join.js';
import type { KeyRotation } from './keys/rotation-duty.js';
import type { ResetOptions } from './account/reset.js';
import type { ServiceOptions } from './http/service-address.js';
import type { TransportOptions } from './http/transport.js';
import type { ClientStorage } from './storage/client-storage.js';

/** What every way to a client needs. */
export interface ClientOptions extends TransportOptions {
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
  /** The clock, Unix milliseconds; default Date.now. */
  readonly now?: () => number;
}

export interface RegisterOptions extends ClientOptions, Registration {}

/** The key says where the service is; without a storage the program keeps nothing. */
export interface ServiceAccountOptions extends Omit<ClientOptions, 'service'>, ServiceSession, StateOptions {}

export interface RegisterServiceOptions extends ClientOptions {
  readonly loginId: string;
  readonly sessionName?: string;
  /** Where the service registers by invitation. */
  readonly invitation?: string;
  /**
   * Keeps the key before the account exists, so that no crash leaves an account that nobody has the key of; called again
   * with the finished key.
   */
  readonly keep?: (key: ServiceKey) => Promise<void>;
  /** Of an earlier attempt whose outcome was lost. */
  readonly key?: ServiceKey;
}

interface StateOptions {
  /**
   * Consents beforehand to what a SharedStateWarning asks for, as `sharedState.repair()` does: where the state that the
   * user's clients share cannot be opened, or is not the one that follows, it is replaced. What only the other clients knew
   * is then lost: only for somebody who was asked. Without it such a warning is in `sharedState.problem` after the log-in;
   * a service account's log-in fails with it, because its program would go on from the wrong place.
   */
  readonly discardState?: boolean;
}

export interface LoginOptions extends ClientOptions, Credentials, StateOptions {}

export interface JoinOptions extends ClientOptions, Joining, StateOptions {}

export interface RecoverOptions extends ClientOptions, Recovery, StateOptions {}

export interface RequestResetOptions extends ClientOptions {
  readonly loginId: string;
}

export interface ResetKeysOptions extends ClientOptions, ResetOptions {}

export interface LogoutOptions {
  /** Removes everything from the storage, pins and streams included. */
  readonly forget?: boolean;
  /** Removes the secrets also where the server cannot be told: end the session from another device then. */
  readonly force?: boolean;
}
