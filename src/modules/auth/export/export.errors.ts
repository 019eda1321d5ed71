import { DomainError } from '../../../core/errors.js';

export function tooManyExports(): DomainError {
  return new DomainError('auth.too-many-exports', 'Two exports of your account are under way. Let one of them end.', {
    retryAfterSeconds: 5,
  });
}

export function exportCursorRefused(): DomainError {
  return new DomainError(
    'request.invalid',
    'The cursor is not one of an export of yours. Begin the export anew, without `after`.',
  );
}
