import { DomainError } from '../errors.js';

export function rateLimited(retryAfterSeconds: number): DomainError {
  return new DomainError('request.rate-limited', `Too many requests. Repeat this one in ${retryAfterSeconds} s.`, {
    retryAfterSeconds,
  });
}

/** So many questions wait for the database that one more would wait for too long. */
export function limiterBusy(): DomainError {
  return new DomainError('server.unavailable', 'The database cannot keep up at the moment. Repeat the request.', {
    retryAfterSeconds: 1,
  });
}
