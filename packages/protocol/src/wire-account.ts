/** JSON of the routes about the account itself. Conventions as in wire.ts. */
import type { PageJson } from './wire.js';
import type { EscrowJson } from './wire-escrow.js';

/** GET /v1/account */
export interface AccountJson {
  readonly userId: string;
  readonly loginId: string;
  /** Counts changes of credentials, from 1. */
  readonly credentialVersion: number;
  /** Names the recovery key: a client that lost an answer learns by it which one counts. */
  readonly recoveryAuthPublicKey: string;
  readonly createdAt: number;
  /** Who else can open the account; absent where nobody can. */
  readonly escrow?: EscrowJson;
}

/** POST /v1/account/erasure: action `delete-account` (section 4). */
export interface EraseAccountRequestJson {
  readonly loginId: string;
  /** The present one. */
  readonly credentialVersion: number;
  readonly challenge: string;
  /** Proof by the password auth key. */
  readonly proof: string;
}

/** POST /v1/account/password: action `change-password` (section 4). */
export interface ChangePasswordRequestJson {
  /** The loginId of the challenge: the account's own before the change. */
  readonly loginId: string;
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
  /** Where the loginId changes; then handleSignature is of the new one, by the newest signing key. */
  readonly newLoginId?: string;
  readonly handleSignature?: string;
  readonly suite: number;
  readonly salt: string;
  readonly authPublicKey: string;
  readonly passwordUnlock: string;
  readonly challenge: string;
  /** Proof by the current password auth key. */
  readonly proof: string;
  /** The new password auth key's own signature (auth-new). */
  readonly authKeySignature: string;
}

/** What every change of credentials answers. */
export interface CredentialsJson {
  /** The version of the new credentials. */
  readonly credentialVersion: number;
}

/** POST /v1/auth/recovery/open: action `open-recovery`. */
export interface OpenRecoveryRequestJson {
  readonly loginId: string;
  readonly challenge: string;
  /** Proof by the recovery auth key. */
  readonly proof: string;
}

export interface OpenRecoveryJson {
  readonly userId: string;
  readonly recoveryUnlock: string;
  readonly vault: string;
  readonly vaultVersion: number;
  readonly keyVersion: number;
  readonly credentialVersion: number;
}

/** POST /v1/auth/recovery: action `recover`, as `change-password` but proven by the recovery auth key, without a session. */
export interface RecoverRequestJson extends ChangePasswordRequestJson {
  readonly userId: string;
}

/** PUT /v1/account/recovery-key: action `replace-recovery`. */
export interface ReplaceRecoveryKeyRequestJson {
  readonly loginId: string;
  readonly credentialVersion: number;
  readonly recoveryAuthPublicKey: string;
  readonly recoveryUnlock: string;
  readonly challenge: string;
  /** Proof by the password auth key. */
  readonly proof: string;
  /** The new recovery auth key's own signature (auth-new). */
  readonly recoveryAuthKeySignature: string;
}

/** One entry of GET /v1/account/events. */
export interface AccountEventJson {
  readonly id: number;
  readonly at: number;
  /** One of ACCOUNT_EVENT_KINDS, or of a newer server. */
  readonly kind: string;
  /** The session that did it, or that was opened by it; absent where there was none. */
  readonly sessionId?: string;
  /** The name that the session was given. */
  readonly sessionName?: string;
  /** Families of product and operating system only, e.g. "Firefox on Linux", as the client called itself. */
  readonly client?: string;
  /** The session that the event was about, e.g. the one that was ended. */
  readonly otherSessionId?: string;
  /** The key version that it led to. */
  readonly keyVersion?: number;
  /** A short code where the kind needs one. */
  readonly detail?: string;
}

/** GET /v1/account/events?before=&limit=: the newest first. */
export type AccountEventsJson = PageJson<AccountEventJson>;
