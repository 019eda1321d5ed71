import { DomainError } from '../../core/errors.js';

export function unauthenticated(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.unauthenticated',
    detail: 'Send a valid access token as "Authorization: Bearer …".',
  });
}

export function tokenExpired(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.token-expired',
    detail: 'The access token has expired. Get a new one from POST /v1/auth/refresh.',
  });
}

/** The same for an unknown loginId and for a wrong signature, to the byte (protocol section 4). */
export function loginRefused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.login-refused',
    detail: 'There is no such account, or the signature does not hold.',
  });
}

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

export function loginIdUnchanged(): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'It is the present loginId: leave the member out.',
    pointer: '/newLoginId',
  });
}

export function loginIdWithoutHandle(): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'A new loginId needs a new signature.',
    pointer: '/handleSignature',
  });
}

export function handleWithoutLoginId(): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'Only a new loginId has a new signature.',
    pointer: '/handleSignature',
  });
}

export function registrationClosed(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.registration-closed',
    detail: 'This service takes no registrations.',
  });
}

export function invitationRefused(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.invitation-refused',
    detail: 'Registration needs an invitation that is neither used nor expired.',
    pointer: '/invitation',
  });
}

export function accountDisabled(): DomainError {
  return new DomainError({
    kind: 'forbidden',
    code: 'auth.account-disabled',
    detail: 'An administrator has disabled this account.',
  });
}

/** Somebody else, or another device, has changed the credentials since the client looked at them. */
export function credentialsChanged({ credentialVersion }: { readonly credentialVersion: number }): DomainError {
  return new DomainError({
    kind: 'conflict',
    code: 'auth.credentials-changed',
    detail: 'The credentials have been changed since. Look at GET /v1/account, and begin again with a new challenge.',
    pointer: '/credentialVersion',
    extensions: { credentialVersion },
  });
}

/** The same for an unknown loginId and for a wrong recovery key, to the byte (protocol section 4). */
export function recoveryRefused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.recovery-refused',
    detail: 'There is no such account, or the signature is not by its recovery key.',
  });
}

/** An escrow key that the operator does not offer would not be anybody's whom the user could ask. */
export function escrowRefused(): DomainError {
  return new DomainError({
    kind: 'refused',
    code: 'auth.escrow-refused',
    detail: 'The fingerprint is not that of the escrow key that GET /v1/service offers.',
    pointer: '/escrow/fingerprint',
  });
}

export function escrowFormatUnknown(): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'An unlock starts with the format byte 1.',
    pointer: '/escrow/unlock',
  });
}

/** For administrators only. */
export function accountWithoutEscrow(): DomainError {
  return new DomainError({
    kind: 'not-found',
    code: 'auth.escrow-refused',
    detail: 'The account has no escrow: its owner has not added one.',
  });
}

export function refreshRefused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.refresh-refused',
    detail: 'This service did not issue the refresh token. Log in again.',
  });
}

export function refreshReused(): DomainError {
  return new DomainError({
    kind: 'unauthenticated',
    code: 'auth.refresh-reused',
    detail:
      'The refresh token was used before. Since two parties hold tokens of this session, it was ended. Log in again.',
  });
}

export function tooManyExports(): DomainError {
  return new DomainError({
    kind: 'rate-limited',
    code: 'auth.too-many-exports',
    detail: 'Two exports of your account are under way. Let one of them end.',
    retryAfterSeconds: 5,
  });
}

export function exportCursorRefused(): DomainError {
  return new DomainError({
    kind: 'invalid',
    code: 'request.invalid',
    detail: 'The cursor is not one of an export of yours. Begin the export anew, without `after`.',
  });
}

export function sessionNotFound(): DomainError {
  return new DomainError({
    kind: 'not-found',
    code: 'auth.session-not-found',
    detail: 'You have no active session with this id.',
  });
}

/** For administrators only: callers of the API are never told so before they have logged in. */
export function accountNotFound(): DomainError {
  return new DomainError({
    kind: 'not-found',
    code: 'keys.user-not-found',
    detail: 'There is no account with this loginId.',
  });
}
