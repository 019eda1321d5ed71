import { LIMITS } from '@sealpost/protocol';
import type { DeviceRequestState } from '@sealpost/protocol';
import { DomainError } from '../../../core/errors.js';

/** The same for a request that never was, that is over, that is another account's, and for a wrong token. */
export function deviceRequestNotFound(): DomainError {
  return new DomainError({
    kind: 'not-found',
    code: 'auth.device-request-not-found',
    detail: 'There is no such request, it is over, or it is not yours.',
  });
}

export function deviceRequestDenied(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.device-request-denied',
    detail: 'A device of the account has denied the request, or its approval does not count any more.',
  });
}

export function deviceRequestConflict(state: DeviceRequestState): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'auth.device-request-conflict',
    detail: 'The request is not in the state for this, or somebody else has done it already.',
    extensions: { state },
  });
}

export function deviceRequestIdTaken(): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'auth.device-request-conflict',
    detail: 'There is another request with this id.',
    pointer: '/id',
  });
}

/** The same whether somebody has the loginId. */
export function deviceRequestsFull(retryAfterSeconds: number): DomainError {
  return new DomainError({
    kind: 'rate-limited',
    code: 'auth.device-requests-full',
    detail: `There are ${LIMITS.pairingRequests} requests for this loginId already. Wait until one is over.`,
    retryAfterSeconds,
  });
}
