import { DomainError } from '../../../core/errors.js';

/** The same for an unknown loginId and for a wrong signature, to the byte (protocol section 4). */
export function loginRefused(): DomainError {
  return new DomainError('auth.login-refused', 'There is no such account, or the signature does not hold.');
}
