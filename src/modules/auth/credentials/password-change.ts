import { encodePasswordFields } from '@sealpost/protocol';
import type { PasswordFields } from '@sealpost/protocol';
import type { CredentialChange } from './credential-change.js';
import { handleWithoutLoginId, loginIdUnchanged, loginIdWithoutHandle } from './credentials.errors.js';

/** A new password, and where it is wanted a new loginId, as a client asks for them. Nothing of it is verified yet. */
export interface NewPassword extends Omit<PasswordFields, 'userId' | 'newLoginId'> {
  /** The account's present loginId, for which the challenge was made. Normalised, as the new one is. */
  readonly loginId: string;
  readonly newLoginId?: string;
  readonly challenge: Uint8Array;
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
}

/** A new loginId and its signature come together, and it is another one. */
export function checkNewLoginId({ loginId, newLoginId, handleSignature }: NewPassword): void {
  if (newLoginId === loginId) throw loginIdUnchanged();
  if (newLoginId !== undefined && handleSignature === undefined) throw loginIdWithoutHandle();
  if (newLoginId === undefined && handleSignature !== undefined) throw handleWithoutLoginId();
}

/** What the proof of either action is about (protocol section 4). */
export function passwordChangeOf(
  action: 'change-password' | 'recover',
  userId: string,
  request: NewPassword,
): CredentialChange {
  const { loginId, credentialVersion, challenge, proof } = request;
  const fields = encodePasswordFields({ ...request, userId, newLoginId: request.newLoginId ?? loginId });
  const key = { kind: 'password', publicKey: request.authPublicKey, signature: request.authKeySignature } as const;
  return { action, loginId, challenge, fields, proof, newKeys: [key], userId, credentialVersion };
}
