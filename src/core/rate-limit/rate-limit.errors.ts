import { DomainError } from '../errors.js';

export function rateLimited(retryAfterSeconds: number): DomainError {
  return new DomainError({
    kind: 'rate-limited',
    code: 'request.rate-limited',
    detail: `Too many requests. Repeat this one in ${retryAfterSeconds} s.`,
    retryAfterSeconds,
  });
}

/** So many questions wait for the database that one more would wait for too long. */
export function limiterBusy(): DomainError {
  return new DomainError({
    kind: 'unavailable',
    code: 'server.unavailable',
    detail: 'The database cannot keep up at the moment. Repeat the request.',
    retryAfterSeconds: 1,
  });
}
