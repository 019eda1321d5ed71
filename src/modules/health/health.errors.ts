import { DomainError } from '../../core/errors.js';

export function notReady(detail: string): DomainError {
  return new DomainError('server.unavailable', detail, { retryAfterSeconds: 1 });
}
