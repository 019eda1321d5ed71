import { randomBytes } from 'node:crypto';
import {
  authPayloadBytes,
  authProofBytes,
  encodeBase64Url,
  encodeLoginFields,
  encodeRegisterFields,
  handleBytes,
  newAuthKeyBytes,
  republicationBytes,
  requireBase64Url,
  uuidV7,
} from '@sealpost/protocol';
import type {
  LoginRequestJson,
  RegisterFields,
  RegisterRequestJson,
  RepublishRequestJson,
  RotateRequestJson,
  SignedStatementJson,
} from '@sealpost/protocol';
import { makeGeneration, sealUnlock, sealVault, seed, sha256, signingKeyOf } from './key-material.js';
import type { GenerationOptions, KeyGeneration, SigningKey } from './key-material.js';

export const TEST_SERVICE_ID = 'test.sealpost.example';
const NO_PAYLOAD = new Uint8Array(32);

/** Everything that a user's client knows. `generations` and `vaultVersion` grow with `rotateRequest`. */
export interface TestIdentity {
  readonly serviceId: string;
  readonly userId: string;
  readonly loginId: string;
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly authKey: SigningKey;
  readonly recoveryAuthKey: SigningKey;
  readonly wrapKey: Uint8Array;
  readonly recoveryWrapKey: Uint8Array;
  readonly vaultKey: Uint8Array;
  readonly generations: readonly KeyGeneration[];
  readonly vaultVersion: number;
}

export interface IdentityOptions {
  /** The suite of the password; default 1. */
  readonly suite?: number;
  readonly loginId?: string;
  readonly serviceId?: string;
  readonly userId?: string;
}

/** A new user. Its auth and wrap keys are random rather than derived from a password, which would take a second. */
export function buildIdentity(options: IdentityOptions = {}): TestIdentity {
  const serviceId = options.serviceId ?? TEST_SERVICE_ID;
  const userId = options.userId ?? freshUuid();
  return {
    serviceId,
    userId,
    loginId: options.loginId ?? `user-${randomBytes(6).toString('hex')}@example.org`,
    suite: options.suite ?? 1,
    salt: seed(),
    authKey: signingKeyOf(seed()),
    recoveryAuthKey: signingKeyOf(seed()),
    wrapKey: seed(),
    recoveryWrapKey: seed(),
    vaultKey: seed(),
    generations: [makeGeneration({ serviceId, userId })],
    vaultVersion: 1,
  };
}

export function freshUuid(): string {
  return uuidV7(Date.now(), randomBytes(10));
}

export function newest(identity: TestIdentity): KeyGeneration {
  const generation = identity.generations.at(-1);
  if (generation === undefined) throw new Error('An identity has at least one generation of keys');
  return generation;
}

/**
 * The body of POST /v1/auth/register, for a challenge from POST /v1/auth/challenge.
 * @param sessionKey thumbprint of the key that the session is to be bound to
 */
export function registerRequest(
  identity: TestIdentity,
  challenge: string,
  sessionKey?: Uint8Array,
): RegisterRequestJson {
  const fields = registerFields(identity);
  const challengeBytes = requireBase64Url(challenge, 'challenge');
  const payloadHash = sha256(authPayloadBytes('register', encodeRegisterFields(fields, sessionKey)));
  const { serviceId, loginId, authKey, recoveryAuthKey } = identity;
  const proof = authProofBytes({ action: 'register', serviceId, loginId, challenge: challengeBytes, payloadHash });
  const ownSignature = newAuthKeyBytes(challengeBytes, payloadHash);
  return {
    userId: identity.userId,
    loginId,
    suite: identity.suite,
    salt: encodeBase64Url(identity.salt),
    authPublicKey: encodeBase64Url(authKey.publicKey),
    keys: signedStatement(newest(identity)),
    handleSignature: encodeBase64Url(fields.handleSignature),
    vault: encodeBase64Url(fields.vault),
    passwordUnlock: encodeBase64Url(fields.passwordUnlock),
    recoveryAuthPublicKey: encodeBase64Url(recoveryAuthKey.publicKey),
    recoveryUnlock: encodeBase64Url(fields.recoveryUnlock),
    challenge,
    proof: encodeBase64Url(authKey.sign(proof)),
    authKeySignature: encodeBase64Url(authKey.sign(ownSignature)),
    recoveryAuthKeySignature: encodeBase64Url(recoveryAuthKey.sign(ownSignature)),
  };
}

function registerFields(identity: TestIdentity): RegisterFields {
  const { serviceId, userId, loginId, suite, salt, vaultKey } = identity;
  const owner = { serviceId, userId };
  const first = newest(identity);
  const version = first.statement.version;
  return {
    userId,
    suite,
    salt,
    authPublicKey: identity.authKey.publicKey,
    keysHash: first.keysHash,
    handleSignature: first.signingKey.sign(handleBytes({ serviceId, loginId, userId, version })),
    vault: sealVault(owner, vaultKey, identity.vaultVersion, identity.generations),
    passwordUnlock: sealUnlock({ ...owner, kind: 'password', suite, loginId, salt }, identity.wrapKey, vaultKey),
    recoveryAuthPublicKey: identity.recoveryAuthKey.publicKey,
    recoveryUnlock: sealUnlock({ ...owner, kind: 'recovery' }, identity.recoveryWrapKey, vaultKey),
  };
}

/** The body of POST /v1/auth/login. @param sessionKey as registerRequest() */
export function loginRequest(identity: TestIdentity, challenge: string, sessionKey?: Uint8Array): LoginRequestJson {
  const { serviceId, loginId, authKey } = identity;
  const challengeBytes = requireBase64Url(challenge, 'challenge');
  const proof = authProofBytes({
    action: 'login',
    serviceId,
    loginId,
    challenge: challengeBytes,
    payloadHash:
      sessionKey === undefined ? NO_PAYLOAD : sha256(authPayloadBytes('login', encodeLoginFields(sessionKey))),
  });
  return { loginId, challenge, signature: encodeBase64Url(authKey.sign(proof)) };
}

/** The body of POST /v1/keys, and the identity as it is once the server has accepted it. */
export function rotateRequest(
  identity: TestIdentity,
  options: Pick<GenerationOptions, 'statement' | 'createdAt'> = {},
): { readonly request: RotateRequestJson; readonly rotated: TestIdentity } {
  const generation = makeGeneration({ ...options, ...ownerOf(identity), previous: newest(identity) });
  const rotated = {
    ...identity,
    generations: [...identity.generations, generation],
    vaultVersion: identity.vaultVersion + 1,
  };
  const vault = sealVault(ownerOf(identity), identity.vaultKey, rotated.vaultVersion, rotated.generations);
  const request = {
    keys: signedStatement(generation),
    vault: encodeBase64Url(vault),
    vaultVersion: rotated.vaultVersion,
  };
  return { request, rotated };
}

/**
 * The body of POST /v1/keys/republish: statements that the user's client holds beyond those of the server.
 * @param held by the client, with all generations
 * @param from the first version that is sent
 */
export function republishRequest(held: TestIdentity, from: number): RepublishRequestJson {
  const { vaultKey, vaultVersion, loginId } = held;
  const owner = ownerOf(held);
  const { signingKey, keysHash, statement } = newest(held);
  const vault = sealVault(owner, vaultKey, vaultVersion, held.generations);
  const signed = republicationBytes({ ...owner, keysHash, vaultVersion, vaultHash: sha256(vault) });
  return {
    statements: held.generations.slice(from - 1).map(signedStatement),
    handleSignature: encodeBase64Url(signingKey.sign(handleBytes({ ...owner, loginId, version: statement.version }))),
    vault: encodeBase64Url(vault),
    vaultVersion,
    vaultSignature: encodeBase64Url(signingKey.sign(signed)),
  };
}

export function signedStatement(generation: KeyGeneration): SignedStatementJson {
  const { previousSignature } = generation;
  return {
    statement: encodeBase64Url(generation.statementBytes),
    signature: encodeBase64Url(generation.signature),
    ...(previousSignature === undefined ? {} : { previousSignature: encodeBase64Url(previousSignature) }),
  };
}

function ownerOf({ serviceId, userId }: TestIdentity): { readonly serviceId: string; readonly userId: string } {
  return { serviceId, userId };
}
