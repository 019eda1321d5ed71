import type { KeyStatementJson, ListJson, RegisterRequestJson } from './wire.js';

/** JSON of the reset without any secret: action `reset-keys` (section 4). Conventions as in wire.ts. */

/** What a service wants proven before it resets an account. */
export const RESET_PROOFS = ['email', 'approval'] as const;
export type ResetProof = (typeof RESET_PROOFS)[number];

/** POST /v1/auth/reset/claim */
export interface ResetClaimRequestJson {
  readonly loginId: string;
}

/** Every loginId gets the same answer, whether anybody has it or not. */
export interface ResetClaimJson {
  /** `email`: the claim token goes to the loginId as an e-mail address. `approval`: an administrator has to approve. */
  readonly proofs: readonly ResetProof[];
  /** How long signed-in devices of the account can call the reset off before it can be carried out. */
  readonly delaySeconds: number;
}

/** POST /v1/auth/reset/open */
export interface OpenResetRequestJson {
  readonly loginId: string;
  readonly claimToken: string;
}

/** What the new keys and the new vault have to be built upon. */
export interface OpenResetJson {
  readonly userId: string;
  /** The newest statement. */
  readonly keys: KeyStatementJson;
  readonly vaultVersion: number;
  readonly credentialVersion: number;
}

/**
 * POST /v1/auth/reset: action `reset-keys`, signed by the new password key. `keys` is the next version, with the recovery
 * flag and without previousSignature.
 */
export interface ResetKeysRequestJson extends Omit<RegisterRequestJson, 'invitation' | 'sessionName'> {
  readonly claimToken: string;
  /** One more than that of the vault which is replaced. */
  readonly vaultVersion: number;
}

export interface ResetKeysJson {
  readonly credentialVersion: number;
  readonly keyVersion: number;
}

/** POST /v1/account/resets/cancel: action `cancel-resets`, by the newest signing key. */
export interface CancelResetsRequestJson {
  /** For the account's own loginId. */
  readonly challenge: string;
  readonly proof: string;
}

/** One that was asked for, and is neither carried out nor over. */
export interface PendingResetJson {
  readonly requestedAt: number;
  /** Families of product and operating system, as the client called itself. */
  readonly client?: string;
  /** From when on it can be carried out; absent while it waits for an administrator. */
  readonly availableAt?: number;
  readonly expiresAt: number;
}

/** GET /v1/account/resets: the newest first. */
export type PendingResetsJson = ListJson<PendingResetJson>;
