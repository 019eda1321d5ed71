import { DomainError } from '../../../core/errors.js';

export function unauthenticated(): DomainError {
  return new DomainError('auth.unauthenticated', 'Send a valid access token as "Authorization: Bearer …".');
}

export function tokenExpired(): DomainError {
  return new DomainError(
    'auth.token-expired',
    'The access token has expired. Get a new one from POST /v1/auth/refresh.',
  );
}
