import type { ClientOptions } from './account/environment.js';
import type { LoginInput } from './account/login.js';
import type { RecoverInput } from './account/recovery.js';
import type { RegisterInput } from './account/registration.js';
import type { ResetOptions } from './account/reset.js';
import type { ServiceSession } from './account/service-account.js';
import type { ServiceKey } from './account/service-account.js';
import type { JoinInput } from './devices/join.js';
import type { CallOptions } from './http/call-options.js';

export interface RegisterOptions extends ClientOptions, RegisterInput {}

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
  /** The key of an earlier attempt whose outcome was lost. */
  readonly key?: ServiceKey;
}

export interface StateOptions {
  /**
   * Consents beforehand to what a SharedStateWarning asks for, as `sharedState.repair()` does: where the state that the
   * user's clients share cannot be opened, or is not the one that follows, it is replaced. What only the other clients knew
   * is then lost: only for somebody who was asked. Without it such a warning is in `sharedState.problem` after the log-in;
   * a service account's log-in fails with it, because its program would go on from the wrong place.
   */
  readonly discardState?: boolean;
}

export interface LoginOptions extends ClientOptions, LoginInput, StateOptions {}

/** A storage that holds a session; `service` has to be the one that it is of. */
export interface ResumeOptions extends ClientOptions {
  readonly password?: never;
  readonly key?: never;
}

export type OpenOptions = LoginOptions | ServiceAccountOptions | ResumeOptions;

export function hasKey(options: OpenOptions): options is ServiceAccountOptions {
  return 'key' in options;
}

/** A password that is there counts as one, even where it is undefined by mistake: nobody wants an old session then. */
export function hasPassword(options: OpenOptions): options is LoginOptions {
  return 'password' in options;
}

export interface JoinOptions extends ClientOptions, JoinInput, StateOptions {}

export interface RecoverOptions extends ClientOptions, RecoverInput, StateOptions {}

export interface RequestResetOptions extends ClientOptions {
  readonly loginId: string;
}

export interface ResetKeysOptions extends ClientOptions, ResetOptions {}

export interface LogoutOptions extends CallOptions {
  /** Removes everything from the storage, pins and streams included. */
  readonly forget?: boolean;
  /** Removes the secrets also where the server cannot be told: end the session from another device then. */
  readonly force?: boolean;
}
