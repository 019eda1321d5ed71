import type { RegisterFields, SignedStatement } from '@sealpost/protocol';

/** An account that begins anew, as a client asks for it (action `reset-keys`). Nothing of it is verified yet. */
export interface ResetOfAccount extends Omit<RegisterFields, 'keysHash'> {
  /** The loginId for which challenge and claim were made. Normalised. */
  readonly loginId: string;
  /** The version after the newest, with the recovery flag. */
  readonly keys: SignedStatement;
  readonly vaultVersion: number;
  readonly claimToken: Uint8Array;
  readonly challenge: Uint8Array;
  /** By the new password auth key: there is no other key left that could prove anything. */
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
}
