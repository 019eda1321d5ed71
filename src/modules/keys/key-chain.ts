import {
  decodeCommittedBlob,
  decodeKeyStatement,
  type ErrorExtensions,
  LENGTHS,
  LIMITS,
  ProtocolError,
  type SignedStatement,
  type StatementRefusal,
  type VerifiedStatement,
} from '@sealpost/protocol';

/** A statement that the server has accepted. */
export interface StoredStatement extends SignedStatement {
  readonly userId: string;
  readonly version: number;
  readonly keysHash: Uint8Array;
}

export interface StoredVault {
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
  /** The key version that the vault's header names. */
  readonly keyVersion: number;
}

/** A loginId and the user's own signature under it. */
export interface SignedHandle {
  readonly userId: string;
  readonly loginId: string;
  readonly handleSignature: Uint8Array;
  readonly keyVersion: number;
}

/** What a look-up by loginId finds. */
export interface FoundUser extends SignedHandle {
  /** The newest statement. */
  readonly keys: StoredStatement;
}

/** A new user's keys, handle and vault, verified and ready to be stored. */
export interface FirstKeys {
  readonly userId: string;
  readonly loginId: string;
  /** Version 1. */
  readonly statement: VerifiedStatement;
  readonly keysHash: Uint8Array;
  readonly handleSignature: Uint8Array;
  readonly vault: Uint8Array;
}

/** Statement n+1 with the vault that was rewritten for it, verified and ready to be stored. */
export interface Rotation {
  readonly statement: VerifiedStatement;
  readonly vault: Uint8Array;
  readonly vaultVersion: number;
}

/** Why a statement is refused: the rules of the chain, and those that only the server has. */
export type RotationRefusal =
  | StatementRefusal
  | {
      readonly field: 'statement';
      readonly member: string;
      readonly reason: 'wrong-clock' | 'recovery-not-allowed' | 'recovery-required';
    };

export type VaultRefusal = ErrorExtensions<'keys.vault-refused'>['reason'];

/** The shortest plaintext of a vault: u8 format ‖ u16 count ‖ one version with its three seeds ‖ B(no records). */
const MIN_VAULT_CONTENT = 1 + 2 + 4 + 3 * LENGTHS.seed + 4;
export const MIN_VAULT_BYTES = LENGTHS.committedOverhead + MIN_VAULT_CONTENT;

/** The form of a vault, which is all that the server can see of it (protocol section 6). */
export function checkVaultForm(vault: Uint8Array): VaultRefusal | null {
  if (vault.length < MIN_VAULT_BYTES) return 'too-short';
  if (vault.length > LIMITS.vaultBytes) return 'too-long';
  try {
    decodeCommittedBlob(vault, 'vault');
    return null;
  } catch (error) {
    if (error instanceof ProtocolError) return 'wrong-format';
    throw error;
  }
}

/**
 * createdAt must lie within five minutes of the server's clock (protocol section 5), in either direction. Where the clock
 * was ahead when the version before was made, the next one may follow it by a millisecond: nobody is kept from replacing
 * keys until that time has come, and a chain in the future moves no further into it.
 * @param previous createdAt of the version before, null for version 1
 */
export function checkStatementClock(createdAt: number, now: number, previous: number | null): RotationRefusal | null {
  const { statementClockSkewMs: skew } = LIMITS;
  const latest = Math.max(now + skew, previous === null ? 0 : previous + 1);
  if (createdAt >= now - skew && createdAt <= latest) return null;
  return { field: 'statement', member: 'createdAt', reason: 'wrong-clock' };
}

/** What of a new statement can be refused without a look at the chain below it. */
export function checkOwner(
  statement: { readonly serviceId: string; readonly userId: string },
  owner: { readonly serviceId: string; readonly userId: string },
): RotationRefusal | null {
  if (statement.serviceId !== owner.serviceId) {
    return { field: 'statement', member: 'serviceId', reason: 'wrong-service' };
  }
  return statement.userId === owner.userId ? null : { field: 'statement', member: 'userId', reason: 'wrong-user' };
}

/** A stored statement as the rules of the chain want it. It was verified before it was stored. */
export function asVerified(stored: StoredStatement): VerifiedStatement {
  return {
    ...decodeKeyStatement(stored.statement),
    statement: stored.statement,
    signature: stored.signature,
    ...(stored.previousSignature === undefined ? {} : { previousSignature: stored.previousSignature }),
    keysHash: stored.keysHash,
  };
}
