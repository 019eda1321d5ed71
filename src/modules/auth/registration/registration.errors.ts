import { DomainError } from '../../../core/errors.js';

export function registrationClosed(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.registration-closed',
    detail: 'This service takes no registrations.',
  });
}

export function invitationRefused(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.invitation-refused',
    detail: 'Registration needs an invitation that is neither used nor expired.',
    pointer: '/invitation',
  });
}
