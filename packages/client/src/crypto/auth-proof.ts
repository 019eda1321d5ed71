import {
  authPayloadBytes,
  authProofBytes,
  encodeLoginFields,
  LENGTHS,
  newAuthKeyBytes,
  signingProofBytes,
  type AuthAction,
  type SigningProof,
} from '@sealpost/protocol';

import { sha256, sign, signingPublicKey } from './primitives.js';

/** What a proof of an auth key is made for (section 4). */
export interface ProofContext {
  readonly serviceId: string;
  /** Normalised. */
  readonly loginId: string;
  /** 32 bytes, as the server gave it; another length throws a ProtocolError. */
  readonly challenge: Uint8Array;
}

/** The auth public key that a server keeps of a password or a recovery key. */
export function authPublicKey(authSeed: Uint8Array): Uint8Array {
  return signingPublicKey(authSeed);
}

/** payloadHash of an action, but of a `login` without a session key. */
export function authPayloadHash(action: AuthAction, fields: Uint8Array): Uint8Array {
  return sha256(authPayloadBytes(action, fields));
}

/** The signature that proves an action. */
export function proveAction(
  action: AuthAction,
  context: ProofContext,
  payloadHash: Uint8Array,
  authSeed: Uint8Array,
): Uint8Array {
  return sign(authProofBytes({ action, ...context, payloadHash }), authSeed);
}

/**
 * The signature of `POST /v1/auth/login`.
 * @param thumbprint of the key that the session is to be bound to, 32 bytes
 */
export function proveLogin(context: ProofContext, authSeed: Uint8Array, thumbprint?: Uint8Array): Uint8Array {
  const payloadHash =
    thumbprint === undefined ? new Uint8Array(LENGTHS.hash) : authPayloadHash('login', encodeLoginFields(thumbprint));
  return proveAction('login', context, payloadHash, authSeed);
}

/** What proves an action of a signed-in device, without the password. */
export function proveSigning(proof: SigningProof, signSeed: Uint8Array): Uint8Array {
  return sign(signingProofBytes(proof), signSeed);
}

/** A new auth key's own signature (auth-new/v1). */
export function signNewAuthKey(authSeed: Uint8Array, challenge: Uint8Array, payloadHash: Uint8Array): Uint8Array {
  return sign(newAuthKeyBytes(challenge, payloadHash), authSeed);
}

/** The three signatures of `POST /v1/auth/register` and its like. */
export interface RegistrationProof {
  readonly proof: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
}

/**
 * The three signatures of an action that brings both auth keys.
 * @param fields as the encoders of @sealpost/protocol give them
 * @param presentSeed of the password that proves the action; default: the new one
 */
export function proveNewAccount(
  action: 'register' | 'reset-keys' | 'rekey',
  fields: Uint8Array,
  context: ProofContext,
  { authSeed, recoveryAuthSeed }: { readonly authSeed: Uint8Array; readonly recoveryAuthSeed: Uint8Array },
  presentSeed: Uint8Array = authSeed,
): RegistrationProof {
  const payloadHash = authPayloadHash(action, fields);
  return {
    proof: proveAction(action, context, payloadHash, presentSeed),
    authKeySignature: signNewAuthKey(authSeed, context.challenge, payloadHash),
    recoveryAuthKeySignature: signNewAuthKey(recoveryAuthSeed, context.challenge, payloadHash),
  };
}

/** What proves a change of credentials. */
export interface ChangeProof {
  readonly proof: Uint8Array;
  /** The new auth key's own signature. */
  readonly newKeySignature: Uint8Array;
}

/**
 * The signatures of an action that brings one new auth key.
 * @param fields as the encoders of @sealpost/protocol give them
 */
export function proveChange(
  action: Exclude<AuthAction, 'login'>,
  fields: Uint8Array,
  context: ProofContext,
  keys: { readonly authSeed: Uint8Array; readonly newAuthSeed: Uint8Array },
): ChangeProof {
  const payloadHash = authPayloadHash(action, fields);
  return {
    proof: proveAction(action, context, payloadHash, keys.authSeed),
    newKeySignature: signNewAuthKey(keys.newAuthSeed, context.challenge, payloadHash),
  };
}
