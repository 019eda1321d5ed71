import { DomainError } from '../../../core/errors.js';

/** An unknown loginId and a wrong signature get the same answer, to the byte (protocol section 4). */
export function loginRefused(): DomainError {
  return new DomainError('auth.login-refused', 'There is no such account, or the signature does not hold.');
}
