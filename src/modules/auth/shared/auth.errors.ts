import { LIMITS } from '@sealpost/protocol';
import type { DeviceRequestState } from '@sealpost/protocol';
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

export function unauthenticated(): DomainError {
  return new DomainError('auth.unauthenticated', 'Send a valid access token as "Authorization: Bearer …".');
}

export function tokenExpired(): DomainError {
  return new DomainError(
    'auth.token-expired',
    'The access token has expired. Get a new one from POST /v1/auth/refresh.',
  );
}

export function refreshRefused(): DomainError {
  return new DomainError('auth.refresh-refused', 'This service did not issue the refresh token. Log in again.');
}

export function refreshReused(): DomainError {
  return new DomainError(
    'auth.refresh-reused',
    'The refresh token was used before. Since two parties hold tokens of this session, it was ended. Log in again.',
  );
}

export function sessionNotFound(): DomainError {
  return new DomainError('auth.session-not-found', 'You have no active session with this id.');
}

export function accountDisabled(): DomainError {
  return new DomainError('auth.account-disabled', 'An administrator has disabled this account.');
}

export function registrationClosed(): DomainError {
  return new DomainError('auth.registration-closed', 'This service takes no registrations.');
}

export function invitationRefused(): DomainError {
  return new DomainError(
    'auth.invitation-refused',
    'Registration needs an invitation that is neither used nor expired.',
    { pointer: '/invitation' },
  );
}

/** An unknown loginId and a wrong signature get the same answer, to the byte (protocol section 4). */
export function loginRefused(): DomainError {
  return new DomainError('auth.login-refused', 'There is no such account, or the signature does not hold.');
}

export function loginIdUnchanged(): DomainError {
  return new DomainError('request.invalid', 'It is the present loginId: leave the member out.', {
    pointer: '/newLoginId',
  });
}

export function loginIdWithoutHandle(): DomainError {
  return new DomainError('request.invalid', 'A new loginId needs a new signature.', { pointer: '/handleSignature' });
}

export function handleWithoutLoginId(): DomainError {
  return new DomainError('request.invalid', 'Only a new loginId has a new signature.', { pointer: '/handleSignature' });
}

/** Somebody else, or another device, has changed the credentials since the client looked at them. */
export function credentialsChanged({ credentialVersion }: { readonly credentialVersion: number }): DomainError {
  return new DomainError(
    'auth.credentials-changed',
    'The credentials have been changed since. Look at GET /v1/account, and begin again with a new challenge.',
    { pointer: '/credentialVersion', extensions: { credentialVersion } },
  );
}

/** An unknown loginId and a wrong recovery key get the same answer, to the byte (protocol section 4). */
export function recoveryRefused(): DomainError {
  return new DomainError(
    'auth.recovery-refused',
    'There is no such account, or the signature is not by its recovery key.',
  );
}

/** What every change of credentials may be refused for. */
export const CHANGE_PROBLEMS = [
  'auth.challenge-refused',
  'auth.challenge-used',
  'auth.proof-refused',
  'auth.key-refused',
  'auth.credentials-changed',
  'auth.account-disabled',
] as const;
export const LOGIN_ID_PROBLEMS = ['auth.suite-unknown', 'auth.login-id-taken', 'keys.handle-refused'] as const;

/** An escrow key that the operator does not offer would not be anybody's whom the user could ask. */
export function escrowRefused(): DomainError {
  return new DomainError(
    'auth.escrow-refused',
    'The fingerprint is not that of the escrow key that GET /v1/service offers.',
    { pointer: '/escrow/fingerprint' },
  );
}

/** The holder of the other key has the vault key, and keeps it until there is a new one. */
export function escrowConflict(): DomainError {
  return new DomainError(
    'auth.escrow-conflict',
    'The vault key is in the escrow of another key, whose holder would go on to have it. Only a new vault key changes ' +
      'the escrow: POST /v1/account/vault-key with the new one.',
    { pointer: '/escrow/fingerprint' },
  );
}

export function escrowFormatUnknown(): DomainError {
  return new DomainError('request.invalid', 'An unlock starts with the format byte 1.', { pointer: '/escrow/unlock' });
}

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

export function resetOff(): DomainError {
  return new DomainError(
    'auth.reset-off',
    'This service does not reset accounts: the password or the recovery key is needed.',
  );
}

/** An unknown loginId, another's token, a used and an expired one get the same answer, to the byte. */
export function claimRefused(): DomainError {
  return new DomainError(
    'auth.claim-refused',
    'There is no such claim to this loginId, or it was used or called off, or it has expired.',
    { pointer: '/claimToken' },
  );
}

/** @param availableAt Unix milliseconds; null where an administrator has to approve first */
export function claimNotReady(availableAt: number | null): DomainError {
  const detail =
    availableAt === null
      ? 'An administrator has not approved the claim yet.'
      : 'Signed-in devices of the account can still call the reset off. Come back at `availableAt`.';
  return new DomainError('auth.claim-not-ready', detail, {
    pointer: '/claimToken',
    ...(availableAt === null ? {} : { extensions: { availableAt } }),
  });
}

export function tooManyClaims(): DomainError {
  return new DomainError('server.overloaded', 'Too many claims are under way. Repeat the request.', {
    retryAfterSeconds: 5,
  });
}

/** For administrators only: callers of the API are never told so before they have logged in. */
export function accountNotFound(): DomainError {
  return new DomainError('keys.user-not-found', 'There is no account with this loginId.');
}

/** For administrators only. */
export function accountWithoutEscrow(): DomainError {
  return new DomainError('auth.escrow-refused', 'The account has no escrow: its owner has not added one.');
}

/** For administrators. */
export function nothingToApprove(reason: 'no-approval-here' | 'nobody-asked'): DomainError {
  const detail =
    reason === 'nobody-asked'
      ? 'Nobody has asked for a reset of this account by mail, or it is approved already.'
      : 'SEALPOST_RESET is neither "approval" nor "both": no reset needs an approval.';
  return new DomainError('request.not-found', detail);
}
