import type { LoginOptions as Credentials } from './account/login.js';
import type { RecoverOptions as Recovery } from './account/recovery.js';
import type { RegisterOptions as Registration } from './account/registration.js';
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
  /** The clock, Unix milliseconds; default Date.now. */
  readonly now?: () => number;
}

export interface RegisterOptions extends ClientOptions, Registration {}

export interface LoginOptions extends ClientOptions, Credentials {}

export interface RecoverOptions extends ClientOptions, Recovery {}

export interface RequestResetOptions extends ClientOptions {
  readonly loginId: string;
}

export interface ResetKeysOptions extends ClientOptions, ResetOptions {}
