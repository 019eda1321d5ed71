import { DomainError } from '../errors.js';

export function rateLimited(retryAfterSeconds: number): DomainError {
  return new DomainError({
    kind: 'rate-limited',
    code: 'request.rate-limited',
    detail: `Too many requests. Repeat this one in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  });
}
