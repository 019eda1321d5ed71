import { LIMITS } from '@sealpost/protocol';
import { DomainError } from '../../core/errors.js';

export function blocksFull(): DomainError {
  return new DomainError(
    'blocks.full',
    `Your account has blocked ${LIMITS.blocks} users. Let one of them in before you block another one.`,
  );
}

export function userUnknown(): DomainError {
  return new DomainError('keys.user-not-found', 'There is no user with this id.');
}

export function ownUser(): DomainError {
  return new DomainError('request.invalid', 'Nobody can block themselves.');
}
