import { DomainError } from '../../../core/errors.js';

export function registrationClosed(): DomainError {
  return new DomainError('auth.registration-closed', 'This service takes no registrations.');
}

export function invitationRefused(): DomainError {
  return new DomainError(
    'auth.invitation-refused',
    'Registration needs an invitation that is neither used nor expired.',
    { pointer: '/invitation' },
  );
}
