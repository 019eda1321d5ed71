import { DomainError } from '../../../core/errors.js';

export function challengeRefused(): DomainError {
  return new DomainError(
    'auth.challenge-refused',
    'The challenge was not issued for this loginId by this service, or it is older than 60 seconds. Get a new one.',
    { pointer: '/challenge' },
  );
}

export function challengeUsed(): DomainError {
  return new DomainError('auth.challenge-used', 'A challenge works once. Get a new one.', { pointer: '/challenge' });
}

export function proofRequired(): DomainError {
  return new DomainError(
    'auth.proof-required',
    'An access token is not enough for this: the session is bound to no key, and the header Sealpost-Proof with a ' +
      'signature by the newest signing key of the account is missing, or does not have the expected form.',
  );
}

export function proofRefused(member: 'proof' | 'authKeySignature' | 'recoveryAuthKeySignature'): DomainError {
  return new DomainError(
    'auth.proof-refused',
    'The signature does not hold over the other members of the request, the challenge and the serviceId.',
    { pointer: `/${member}` },
  );
}

export function keyRefused(member: 'authPublicKey' | 'recoveryAuthPublicKey', reason: string): DomainError {
  return new DomainError('auth.key-refused', reason, { pointer: `/${member}` });
}

export function suiteUnknown(): DomainError {
  return new DomainError(
    'auth.suite-unknown',
    'This service does not know the password suite. GET /v1/service names the one for new accounts.',
    { pointer: '/suite' },
  );
}

export function unlockFormatUnknown(member: 'passwordUnlock' | 'recoveryUnlock'): DomainError {
  return new DomainError('request.invalid', 'An unlock starts with the format byte 1.', { pointer: `/${member}` });
}
