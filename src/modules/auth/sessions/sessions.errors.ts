import { DomainError } from '../../../core/errors.js';

export function refreshRefused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.refresh-refused',
    detail: 'This service did not issue the refresh token. Log in again.',
  });
}

export function refreshReused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.refresh-reused',
    detail:
      'The refresh token was used before. Since two parties hold tokens of this session, it was ended. Log in again.',
  });
}

export function sessionNotFound(): DomainError {
  return new DomainError({
    kind: 'not-found',
    code: 'auth.session-not-found',
    detail: 'You have no active session with this id.',
  });
}
