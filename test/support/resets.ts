import {
  authPayloadBytes,
  authProofBytes,
  encodeBase64Url,
  encodeResetKeysFields,
  handleBytes,
  newAuthKeyBytes,
  requireBase64Url,
} from '@sealpost/protocol';
import type {
  KeyStatement,
  OpenResetJson,
  ProblemJson,
  ResetClaimJson,
  ResetKeysJson,
  ResetKeysRequestJson,
} from '@sealpost/protocol';
import { call, challengeFor } from './api.js';
import type { Answer } from './api.js';
import { newest, signedStatement } from './identity.js';
import type { TestIdentity } from './identity.js';
import { makeGeneration, sealUnlock, sealVault, seed, sha256, signingKeyOf } from './key-material.js';

interface Service {
  readonly url: string;
}

export interface ResetOptions {
  /** What the statement is to say otherwise than it should. */
  readonly statement?: Partial<KeyStatement>;
  /** The token that the proof names; default: the one that is sent. */
  readonly signedToken?: string;
  /** What of the request is to be another than it should, after it was signed. */
  readonly change?: Partial<ResetKeysRequestJson>;
}

export interface PreparedReset {
  readonly request: ResetKeysRequestJson;
  /** The identity as it is once the server has accepted the request. */
  readonly changed: TestIdentity;
}

/** The body of POST /v1/auth/reset, for who knows the newest statement of the identity but none of its secrets. */
export function resetRequest(
  identity: TestIdentity,
  challenge: string,
  claimToken: string,
  options: ResetOptions = {},
): PreparedReset {
  const { serviceId, userId, loginId, suite } = identity;
  const owner = { serviceId, userId };
  const statement = { recovery: true, ...options.statement };
  const generation = makeGeneration({ ...owner, previous: newest(identity), statement });
  const changed: TestIdentity = {
    ...identity,
    salt: seed(),
    authKey: signingKeyOf(seed()),
    recoveryAuthKey: signingKeyOf(seed()),
    wrapKey: seed(),
    recoveryWrapKey: seed(),
    vaultKey: seed(),
    generations: [...identity.generations, generation],
    vaultVersion: identity.vaultVersion + 1,
  };
  const { salt, vaultKey, authKey, recoveryAuthKey } = changed;
  const { version } = generation.statement;
  const parts = {
    salt,
    authPublicKey: authKey.publicKey,
    handleSignature: generation.signingKey.sign(handleBytes({ serviceId, loginId, userId, version })),
    vault: sealVault(owner, vaultKey, changed.vaultVersion, [generation]),
    passwordUnlock: sealUnlock({ ...owner, kind: 'password', suite, loginId, salt }, changed.wrapKey, vaultKey),
    recoveryAuthPublicKey: recoveryAuthKey.publicKey,
    recoveryUnlock: sealUnlock({ ...owner, kind: 'recovery' }, changed.recoveryWrapKey, vaultKey),
  };
  const claimTokenHash = sha256(requireBase64Url(options.signedToken ?? claimToken, 'claimToken'));
  const fields = encodeResetKeysFields({ userId, suite, keysHash: generation.keysHash, ...parts, claimTokenHash });
  const bytes = requireBase64Url(challenge, 'challenge');
  const payloadHash = sha256(authPayloadBytes('reset-keys', fields));
  const proof = authProofBytes({ action: 'reset-keys', serviceId, loginId, challenge: bytes, payloadHash });
  const own = newAuthKeyBytes(bytes, payloadHash);
  const request: ResetKeysRequestJson = {
    userId,
    loginId,
    claimToken,
    suite,
    keys: signedStatement(generation),
    vaultVersion: changed.vaultVersion,
    ...encoded(parts),
    challenge,
    proof: encodeBase64Url(authKey.sign(proof)),
    authKeySignature: encodeBase64Url(authKey.sign(own)),
    recoveryAuthKeySignature: encodeBase64Url(recoveryAuthKey.sign(own)),
    ...options.change,
  };
  return { request, changed };
}

function encoded<Name extends string>(parts: Readonly<Record<Name, Uint8Array>>): Record<Name, string> {
  const texts = Object.entries<Uint8Array>(parts).map(([name, value]) => [name, encodeBase64Url(value)] as const);
  return Object.fromEntries(texts) as Record<Name, string>;
}

export function claimReset(server: Service, loginId: string): Promise<Answer<ResetClaimJson & ProblemJson>> {
  return call(server, 'POST', '/v1/auth/reset/claim', { body: { loginId } });
}

export function openReset(
  server: Service,
  loginId: string,
  claimToken: string,
): Promise<Answer<OpenResetJson & ProblemJson>> {
  return call(server, 'POST', '/v1/auth/reset/open', { body: { loginId, claimToken } });
}

/** What a reset was answered, and who its user is if it was accepted. */
export interface Reset {
  readonly answer: Answer<ResetKeysJson & ProblemJson & { readonly reason?: string; readonly availableAt?: number }>;
  readonly changed: TestIdentity;
}

export async function resetKeys(
  server: Service,
  identity: TestIdentity,
  claimToken: string,
  options: ResetOptions = {},
): Promise<Reset> {
  const { challenge } = await challengeFor(server, identity.loginId);
  const { request, changed } = resetRequest(identity, challenge, claimToken, options);
  return { answer: await call(server, 'POST', '/v1/auth/reset', { body: request }), changed };
}
