import { DomainError } from '../../../core/errors.js';

export function accountDisabled(): DomainError {
  return new DomainError('auth.account-disabled', 'An administrator has disabled this account.');
}
