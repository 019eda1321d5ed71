import {
  authPayloadBytes,
  authProofBytes,
  encodeBase64Url,
  encodeDeleteAccountFields,
  encodePasswordFields,
  encodeRecoveryKeyFields,
  handleBytes,
  newAuthKeyBytes,
  NO_FIELDS,
  requireBase64Url,
} from '@sealpost/protocol';
import type {
  AuthAction,
  ChangePasswordRequestJson,
  EraseAccountRequestJson,
  OpenRecoveryRequestJson,
  RecoverRequestJson,
  ReplaceRecoveryKeyRequestJson,
} from '@sealpost/protocol';
import { newest } from './identity.js';
import type { TestIdentity } from './identity.js';
import { sealUnlock, seed, sha256, signingKeyOf } from './key-material.js';
import type { SigningKey } from './key-material.js';

export interface CredentialOptions {
  /** The version of the credentials that are replaced; 1 is that of a registration. */
  readonly credentialVersion?: number;
  readonly newLoginId?: string;
  /** The new password's key; default: a random one. */
  readonly authKey?: SigningKey;
}

/** A request, and the identity as it is once the server has accepted it. */
export interface Prepared<Request> {
  readonly request: Request;
  readonly changed: TestIdentity;
}

interface ActionProof {
  readonly action: AuthAction;
  readonly fields: Uint8Array;
  readonly by: SigningKey;
  readonly newKey?: SigningKey;
}

/** The signatures of an action. */
export function prove(
  { serviceId, loginId }: TestIdentity,
  challenge: string,
  { action, fields, by, newKey }: ActionProof,
): { readonly challenge: string; readonly proof: string; readonly own: string } {
  const bytes = requireBase64Url(challenge, 'challenge');
  const payloadHash = sha256(authPayloadBytes(action, fields));
  const proof = by.sign(authProofBytes({ action, serviceId, loginId, challenge: bytes, payloadHash }));
  const own = newKey?.sign(newAuthKeyBytes(bytes, payloadHash)) ?? NO_FIELDS;
  return { challenge, proof: encodeBase64Url(proof), own: encodeBase64Url(own) };
}

/** The body of POST /v1/account/password. */
export function changePasswordRequest(
  identity: TestIdentity,
  challenge: string,
  options: CredentialOptions = {},
): Prepared<ChangePasswordRequestJson> {
  return newPassword('change-password', identity, challenge, options);
}

/** The body of POST /v1/auth/recovery. */
export function recoverRequest(
  identity: TestIdentity,
  challenge: string,
  options: CredentialOptions = {},
): Prepared<RecoverRequestJson> {
  const { request, changed } = newPassword('recover', identity, challenge, options);
  return { request: { ...request, userId: identity.userId }, changed };
}

function newPassword(
  action: 'change-password' | 'recover',
  identity: TestIdentity,
  challenge: string,
  { credentialVersion = 1, newLoginId, authKey = signingKeyOf(seed()) }: CredentialOptions,
): Prepared<ChangePasswordRequestJson> {
  const { serviceId, userId, suite, vaultKey } = identity;
  const loginId = newLoginId ?? identity.loginId;
  const changed = { ...identity, loginId, salt: seed(), authKey, wrapKey: seed() };
  const header = { serviceId, userId, kind: 'password', suite, loginId, salt: changed.salt } as const;
  const { signingKey, statement } = newest(identity);
  const handle = signingKey.sign(handleBytes({ serviceId, loginId, userId, version: statement.version }));
  const moved = newLoginId === undefined ? {} : { handleSignature: handle };
  const parts = {
    salt: changed.salt,
    authPublicKey: changed.authKey.publicKey,
    passwordUnlock: sealUnlock(header, changed.wrapKey, vaultKey),
    ...moved,
  };
  const fields = encodePasswordFields({ userId, credentialVersion, newLoginId: loginId, suite, ...parts });
  const by = action === 'recover' ? identity.recoveryAuthKey : identity.authKey;
  const { own, ...proof } = prove(identity, challenge, { action, fields, by, newKey: changed.authKey });
  const request = {
    loginId: identity.loginId,
    credentialVersion,
    ...(newLoginId === undefined ? {} : { newLoginId, handleSignature: encodeBase64Url(handle) }),
    suite,
    salt: encodeBase64Url(parts.salt),
    authPublicKey: encodeBase64Url(parts.authPublicKey),
    passwordUnlock: encodeBase64Url(parts.passwordUnlock),
    ...proof,
    authKeySignature: own,
  };
  return { request, changed };
}

/** The body of POST /v1/auth/recovery/open. */
export function openRecoveryRequest(identity: TestIdentity, challenge: string): OpenRecoveryRequestJson {
  const action = { action: 'open-recovery', fields: NO_FIELDS, by: identity.recoveryAuthKey } as const;
  const { proof } = prove(identity, challenge, action);
  return { loginId: identity.loginId, challenge, proof };
}

/** The body of POST /v1/account/erasure. */
export function eraseRequest(
  identity: TestIdentity,
  challenge: string,
  credentialVersion = 1,
): EraseAccountRequestJson {
  const { userId, loginId, authKey: by } = identity;
  const fields = encodeDeleteAccountFields({ userId, credentialVersion });
  const { proof } = prove(identity, challenge, { action: 'delete-account', fields, by });
  return { loginId, credentialVersion, challenge, proof };
}

/** The body of PUT /v1/account/recovery-key. */
export function replaceRecoveryKeyRequest(
  identity: TestIdentity,
  challenge: string,
  { credentialVersion = 1 }: Pick<CredentialOptions, 'credentialVersion'> = {},
): Prepared<ReplaceRecoveryKeyRequestJson> {
  const { serviceId, userId, loginId, vaultKey } = identity;
  const changed = { ...identity, recoveryAuthKey: signingKeyOf(seed()), recoveryWrapKey: seed() };
  const recoveryUnlock = sealUnlock({ serviceId, userId, kind: 'recovery' }, changed.recoveryWrapKey, vaultKey);
  const { recoveryAuthKey: newKey } = changed;
  const key = { recoveryAuthPublicKey: newKey.publicKey, recoveryUnlock };
  const fields = encodeRecoveryKeyFields({ userId, credentialVersion, ...key });
  const action = { action: 'replace-recovery', fields, by: identity.authKey, newKey } as const;
  const { own, ...proof } = prove(identity, challenge, action);
  const request = {
    loginId,
    credentialVersion,
    recoveryAuthPublicKey: encodeBase64Url(newKey.publicKey),
    recoveryUnlock: encodeBase64Url(recoveryUnlock),
    ...proof,
    recoveryAuthKeySignature: own,
  };
  return { request, changed };
}
