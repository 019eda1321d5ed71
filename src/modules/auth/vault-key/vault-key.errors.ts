import { DomainError } from '../../../core/errors.js';

/** An escrow key that the operator does not offer would not be anybody's whom the user could ask. */
export function escrowRefused(): DomainError {
  return new DomainError(
    'auth.escrow-refused',
    'The fingerprint is not that of the escrow key that GET /v1/service offers.',
    { pointer: '/escrow/fingerprint' },
  );
}

/** The holder of the other key has the vault key, and keeps it until there is a new one. */
export function escrowConflict(): DomainError {
  return new DomainError(
    'auth.escrow-conflict',
    'The vault key is in the escrow of another key, whose holder would go on to have it. Only a new vault key changes ' +
      'the escrow: POST /v1/account/vault-key with the new one.',
    { pointer: '/escrow/fingerprint' },
  );
}

export function escrowFormatUnknown(): DomainError {
  return new DomainError('request.invalid', 'An unlock starts with the format byte 1.', { pointer: '/escrow/unlock' });
}
