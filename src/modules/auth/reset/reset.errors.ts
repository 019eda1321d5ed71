import { DomainError } from '../../../core/errors.js';

export function resetOff(): DomainError {
  return new DomainError(
    'auth.reset-off',
    'This service does not reset accounts: the password or the recovery key is needed.',
  );
}

/** An unknown loginId, another's token, a used and an expired one get the same answer, to the byte. */
export function claimRefused(): DomainError {
  return new DomainError(
    'auth.claim-refused',
    'There is no such claim to this loginId, or it was used or called off, or it has expired.',
    { pointer: '/claimToken' },
  );
}

/** @param availableAt Unix milliseconds; null where an administrator has to approve first */
export function claimNotReady(availableAt: number | null): DomainError {
  const detail =
    availableAt === null
      ? 'An administrator has not approved the claim yet.'
      : 'Signed-in devices of the account can still call the reset off. Come back at `availableAt`.';
  return new DomainError('auth.claim-not-ready', detail, {
    pointer: '/claimToken',
    ...(availableAt === null ? {} : { extensions: { availableAt } }),
  });
}

export function tooManyClaims(): DomainError {
  return new DomainError('server.overloaded', 'Too many claims are under way. Repeat the request.', {
    retryAfterSeconds: 5,
  });
}
