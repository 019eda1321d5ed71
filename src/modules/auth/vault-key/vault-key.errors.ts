import { DomainError } from '../../../core/errors.js';

/** An escrow key that the operator does not offer would not be anybody's whom the user could ask. */
export function escrowRefused(): DomainError {
  return new DomainError({
    kind: 'refused',
    code: 'auth.escrow-refused',
    detail: 'The fingerprint is not that of the escrow key that GET /v1/service offers.',
    pointer: '/escrow/fingerprint',
  });
}

export function escrowFormatUnknown(): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'An unlock starts with the format byte 1.',
    pointer: '/escrow/unlock',
  });
}
