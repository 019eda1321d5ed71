import { DomainError } from '../../../core/errors.js';

export function challengeRefused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.challenge-refused',
    detail:
      'The challenge was not issued for this loginId by this service, or it is older than 60 seconds. Get a new one.',
    pointer: '/challenge',
  });
}

export function challengeUsed(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.challenge-used',
    detail: 'A challenge works once. Get a new one.',
    pointer: '/challenge',
  });
}

export function proofRefused(member: 'proof' | 'authKeySignature' | 'recoveryAuthKeySignature'): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.proof-refused',
    detail: 'The signature does not hold over the other members of the request, the challenge and the serviceId.',
    pointer: `/${member}`,
  });
}

export function keyRefused(member: 'authPublicKey' | 'recoveryAuthPublicKey', reason: string): DomainError {
  return new DomainError({ kind: 'refused', code: 'auth.key-refused', detail: reason, pointer: `/${member}` });
}

export function suiteUnknown(): DomainError {
  return new DomainError({
    kind: 'refused',
    code: 'auth.suite-unknown',
    detail: 'This service does not know the password suite. GET /v1/service names the one for new accounts.',
    pointer: '/suite',
  });
}

export function unlockFormatUnknown(member: 'passwordUnlock' | 'recoveryUnlock'): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'An unlock starts with the format byte 1.',
    pointer: `/${member}`,
  });
}
