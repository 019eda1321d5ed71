import { DomainError } from '../../../core/errors.js';

/** For administrators only: callers of the API are never told so before they have logged in. */
export function accountNotFound(): DomainError {
  return new DomainError('keys.user-not-found', 'There is no account with this loginId.');
}

/** For administrators only. */
export function accountWithoutEscrow(): DomainError {
  return new DomainError('auth.escrow-refused', 'The account has no escrow: its owner has not added one.');
}

/** For administrators. */
export function nothingToApprove(reason: 'no-approval-here' | 'nobody-asked'): DomainError {
  const detail =
    reason === 'nobody-asked'
      ? 'Nobody has asked for a reset of this account by mail, or it is approved already.'
      : 'SEALPOST_RESET is neither "approval" nor "both": no reset needs an approval.';
  return new DomainError('request.not-found', detail);
}
