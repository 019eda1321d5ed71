import {
  encodeAddEscrowFields,
  encodeBase64Url,
  encodeEscrowUnlock,
  encodeRekeyFields,
  escrowInfoBytes,
  escrowKeyBytes,
  handleBytes,
  requireBase64Url,
} from '@sealpost/protocol';
import type { AddEscrowRequestJson, EscrowWrapJson, ProblemJson, RekeyRequestJson } from '@sealpost/protocol';
import { hpkeSeal } from '../../packages/client/src/crypto/hpke.js';
import { loadSodium, sodium } from '../../packages/client/src/crypto/sodium.js';
import type { Changed } from './account-api.js';
import { call, challengeFor } from './api.js';
import type { Answer, TestUser } from './api.js';
import { prove } from './credentials.js';
import type { Prepared } from './credentials.js';
import { newest, signedStatement } from './identity.js';
import type { TestIdentity } from './identity.js';
import { makeGeneration, sealUnlock, sealVault, seed, sha256, signingKeyOf } from './key-material.js';
import type { GenerationOptions } from './key-material.js';

await loadSodium();

/** Somebody who can open accounts that were put into their escrow. */
export interface EscrowHolder {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly fingerprint: Uint8Array;
}

export function newEscrowHolder(): EscrowHolder {
  const own = seed();
  const { publicKey } = sodium().crypto_kem_xwing_seed_keypair(own);
  return { seed: own, publicKey, fingerprint: sha256(escrowKeyBytes(publicKey)) };
}

/** The vault key of somebody for the holder. */
export function escrowWrap(holder: EscrowHolder, identity: TestIdentity): EscrowWrapJson {
  const { serviceId, userId, vaultKey } = identity;
  const { fingerprint } = holder;
  const sealed = hpkeSeal(holder.publicKey, escrowInfoBytes(serviceId, userId, fingerprint), vaultKey);
  return { fingerprint: encodeBase64Url(fingerprint), unlock: encodeBase64Url(encodeEscrowUnlock(sealed)) };
}

export interface RekeyOptions {
  readonly credentialVersion?: number;
  readonly escrow?: EscrowHolder;
  /** What the statement is to say otherwise than it should. */
  readonly statement?: GenerationOptions['statement'];
  readonly change?: Partial<RekeyRequestJson>;
  readonly keys?: Partial<Pick<TestIdentity, 'authKey' | 'recoveryAuthKey'>>;
}

/** The body of POST /v1/account/vault-key. */
export function rekeyRequest(
  identity: TestIdentity,
  challenge: string,
  options: RekeyOptions = {},
): Prepared<RekeyRequestJson> {
  const { serviceId, userId, loginId, suite } = identity;
  const { credentialVersion = 1, escrow, statement = {} } = options;
  const owner = { serviceId, userId };
  const next = makeGeneration({ ...owner, previous: newest(identity), statement });
  const changed: TestIdentity = {
    ...identity,
    salt: seed(),
    authKey: signingKeyOf(seed()),
    recoveryAuthKey: signingKeyOf(seed()),
    wrapKey: seed(),
    recoveryWrapKey: seed(),
    vaultKey: seed(),
    generations: [...identity.generations, next],
    vaultVersion: identity.vaultVersion + 1,
    ...options.keys,
  };
  const { salt, authKey, recoveryAuthKey, vaultKey, vaultVersion, generations } = changed;
  const parts = {
    salt,
    authPublicKey: authKey.publicKey,
    handleSignature: next.signingKey.sign(handleBytes({ ...owner, loginId, version: next.statement.version })),
    vault: sealVault(owner, vaultKey, vaultVersion, generations),
    passwordUnlock: sealUnlock({ ...owner, kind: 'password', suite, loginId, salt }, changed.wrapKey, vaultKey),
    recoveryAuthPublicKey: recoveryAuthKey.publicKey,
    recoveryUnlock: sealUnlock({ ...owner, kind: 'recovery' }, changed.recoveryWrapKey, vaultKey),
  };
  const fields = encodeRekeyFields({ userId, credentialVersion, suite, keysHash: next.keysHash, ...parts });
  const action = { action: 'rekey', fields, by: identity.authKey } as const;
  const { own, ...proof } = prove(identity, challenge, { ...action, newKey: authKey });
  const recovery = prove(identity, challenge, { ...action, newKey: recoveryAuthKey });
  const request = {
    loginId,
    credentialVersion,
    suite,
    keys: signedStatement(next),
    vaultVersion,
    ...encoded(parts),
    ...(escrow === undefined ? {} : { escrow: escrowWrap(escrow, changed) }),
    ...proof,
    authKeySignature: own,
    recoveryAuthKeySignature: recovery.own,
  };
  return { request, changed };
}

function encoded<Name extends string>(parts: Readonly<Record<Name, Uint8Array>>): Record<Name, string> {
  const entries = Object.entries<Uint8Array>(parts).map(([name, value]) => [name, encodeBase64Url(value)]);
  return Object.fromEntries(entries) as Record<Name, string>;
}

interface Service {
  readonly url: string;
}

export async function rekey(server: Service, user: TestUser, options: RekeyOptions = {}): Promise<Changed> {
  const { challenge } = await challengeFor(server, user.identity.loginId);
  const { request, changed } = rekeyRequest(user.identity, challenge, options);
  const body = { ...request, ...options.change };
  return { answer: await call(server, 'POST', '/v1/account/vault-key', { token: user.token, body }), changed };
}

export interface AddEscrowOptions {
  readonly credentialVersion?: number;
  readonly change?: Partial<AddEscrowRequestJson>;
}

export async function addEscrow(
  server: Service,
  { identity, token }: TestUser,
  holder: EscrowHolder,
  { credentialVersion = 1, change = {} }: AddEscrowOptions = {},
): Promise<Answer<{ readonly credentialVersion: number } & ProblemJson>> {
  const { challenge } = await challengeFor(server, identity.loginId);
  const { userId, loginId, authKey } = identity;
  const escrow = escrowWrap(holder, identity);
  const { fingerprint } = holder;
  const escrowUnlock = requireBase64Url(escrow.unlock, 'unlock');
  const fields = encodeAddEscrowFields({ userId, credentialVersion, fingerprint, escrowUnlock });
  const { proof } = prove(identity, challenge, { action: 'add-escrow', fields, by: authKey });
  const body: AddEscrowRequestJson = { loginId, credentialVersion, escrow, challenge, proof, ...change };
  return call(server, 'PUT', '/v1/account/escrow', { token, body });
}
