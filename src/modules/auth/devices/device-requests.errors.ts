import { LIMITS } from '@sealpost/protocol';
import type { DeviceRequestState } from '@sealpost/protocol';
import { DomainError } from '../../../core/errors.js';

/** Answers alike for a request that never was, that is over or another account's, and for a wrong token. */
export function deviceRequestNotFound(): DomainError {
  return new DomainError('auth.device-request-not-found', 'There is no such request, it is over, or it is not yours.');
}

export function deviceRequestDenied(): DomainError {
  return new DomainError(
    'auth.device-request-denied',
    'A device of the account has denied the request, or its approval does not count any more.',
  );
}

export function deviceRequestConflict(state: DeviceRequestState): DomainError {
  return new DomainError(
    'auth.device-request-conflict',
    'The request is not in the state for this, or somebody else has done it already.',
    { extensions: { state } },
  );
}

export function deviceRequestIdTaken(): DomainError {
  return new DomainError('auth.device-request-conflict', 'There is another request with this id.', { pointer: '/id' });
}

/** @param field what should have fitted: what was revealed, or what is handed over */
export function deviceProofRefused(field: 'kemPublicKey' | 'handover'): DomainError {
  return new DomainError(
    'auth.device-proof-refused',
    field === 'handover'
      ? 'The handover is not signed, for this exchange, by the newest signing key of the account.'
      : 'This is not what the request has committed to.',
    { pointer: `/${field}` },
  );
}

export function deviceKeysSuperseded(): DomainError {
  return new DomainError(
    'auth.device-keys-superseded',
    'The keys that the answer names are not the newest ones of the account. Take those in, and begin again.',
  );
}

/** Answers alike whether or not somebody has the loginId. */
export function deviceRequestsFull(retryAfterSeconds: number): DomainError {
  return new DomainError(
    'auth.device-requests-full',
    `There are ${LIMITS.pairingRequests} requests for this loginId already. Wait until one is over.`,
    { retryAfterSeconds },
  );
}
