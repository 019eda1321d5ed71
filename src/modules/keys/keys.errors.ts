import type { ErrorCode, KeyStatementJson } from '@sealpost/protocol';
import { DomainError } from '../../core/errors.js';
import type { RotationRefusal, VaultRefusal } from './key-chain.js';

/** Why a statement that is appended with its vault and handle is refused: see `KeyAppend`. */
export const APPEND_PROBLEMS = [
  'keys.statement-refused',
  'keys.handle-refused',
  'keys.vault-refused',
  'keys.version-conflict',
  'keys.vault-conflict',
] as const satisfies readonly ErrorCode[];

const STATEMENT_REFUSALS: Readonly<Record<RotationRefusal['reason'], string>> = {
  malformed: 'The statement is not one that a client of this protocol would have written.',
  'invalid-key': 'A public key of the statement is not valid.',
  'wrong-service': 'The statement is for another service.',
  'wrong-user': 'The statement is for another user.',
  'wrong-version': 'The statement has not the version that comes next.',
  'wrong-previous-hash': 'The statement does not name the hash of the version before it.',
  'recovery-flag': 'A version after the first has a previousSignature or the recovery flag, and never both.',
  'recovery-not-allowed': 'This route replaces keys only with the signature of the previous ones.',
  'recovery-required': 'A reset begins the keys anew: with the recovery flag, and without a previousSignature.',
  'not-later': 'The statement is not later than the version before it.',
  'wrong-clock':
    'By the time in it, the statement was not made within five minutes of the time of the server, nor next to the one before.',
  'reused-key': 'A key of the statement was used in an earlier version.',
  'wrong-signature': 'The signature by the new signing key does not hold.',
  'wrong-previous-signature': 'The signature by the previous signing key does not hold.',
};

const VAULT_REFUSALS: Readonly<Record<VaultRefusal, string>> = {
  'wrong-format': 'The vault does not begin with the format byte 1.',
  'too-short': 'The vault is shorter than one that holds a single version of keys.',
  'too-long': 'The vault is longer than the server keeps.',
  'wrong-signature': 'The signature of the vault by the newest signing key does not hold.',
};

export function userNotFound(): DomainError {
  return new DomainError('keys.user-not-found', 'There is no such user.');
}

export function versionNotFound(): DomainError {
  return new DomainError('keys.version-not-found', 'The user has no keys of this version.');
}

/** @param parent JSON pointer to the object of statement and signatures */
export function statementRefused(refusal: RotationRefusal, parent = '/keys'): DomainError {
  const { field, ...extensions } = refusal;
  return new DomainError('keys.statement-refused', STATEMENT_REFUSALS[refusal.reason], {
    pointer: `${parent}/${field}`,
    extensions,
  });
}

export function handleRefused(): DomainError {
  return new DomainError(
    'keys.handle-refused',
    'The signature of loginId and userId by the signing key of the statement does not hold.',
    { pointer: '/handleSignature' },
  );
}

export function vaultRefused(reason: VaultRefusal, pointer = '/vault'): DomainError {
  return new DomainError('keys.vault-refused', VAULT_REFUSALS[reason], { pointer, extensions: { reason } });
}

/** What both conflicts of a rotation tell, so that the client can verify the head and build on it. */
export interface CurrentKeys {
  readonly head: KeyStatementJson;
  readonly vaultVersion: number;
}

/** @param parent JSON pointer to the object of statement and signatures */
export function versionConflict(current: CurrentKeys, parent = '/keys'): DomainError {
  return new DomainError(
    'keys.version-conflict',
    'Another statement has this version already. Verify the head, fetch the vault, and rotate on top of them.',
    { pointer: `${parent}/statement`, extensions: { ...current } },
  );
}

export function vaultConflict(current: CurrentKeys): DomainError {
  return new DomainError(
    'keys.vault-conflict',
    'vaultVersion is not one more than that of the stored vault. Fetch the vault and rewrite it.',
    { pointer: '/vaultVersion', extensions: { ...current } },
  );
}

/** Another user has the loginId. */
export class LoginIdTaken extends DomainError {
  constructor(pointer = '/loginId') {
    super('auth.login-id-taken', 'The loginId is taken.', { pointer });
  }
}

/** Registration only: the userId is or was used. A userId is never used again. */
export class UserIdTaken extends DomainError {
  constructor() {
    super('auth.user-id-taken', 'The userId is taken. Make a new one.', { pointer: '/userId' });
  }
}

export function tooManyLookUps(): DomainError {
  return new DomainError('server.overloaded', 'Too many look-ups wait for the database. Repeat the request.', {
    retryAfterSeconds: 1,
  });
}
