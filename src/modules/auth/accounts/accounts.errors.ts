import { DomainError } from '../../../core/errors.js';

export function accountDisabled(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.account-disabled',
    detail: 'An administrator has disabled this account.',
  });
}
