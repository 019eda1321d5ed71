import { DomainError } from '../../../core/errors.js';

export function refreshRefused(): DomainError {
  return new DomainError('auth.refresh-refused', 'This service did not issue the refresh token. Log in again.');
}

export function refreshReused(): DomainError {
  return new DomainError(
    'auth.refresh-reused',
    'The refresh token was used before. Since two parties hold tokens of this session, it was ended. Log in again.',
  );
}

export function sessionNotFound(): DomainError {
  return new DomainError('auth.session-not-found', 'You have no active session with this id.');
}
