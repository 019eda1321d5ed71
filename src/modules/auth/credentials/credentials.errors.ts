import { DomainError } from '../../../core/errors.js';

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
