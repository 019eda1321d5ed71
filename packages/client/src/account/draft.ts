import {
  encodeBase64Url,
  type RegisterFields,
  type RegisterRequestJson,
  type VerifiedStatement,
} from '@sealpost/protocol';
import { signedStatementJson } from '../contacts/chain-pin.js';
import { authPublicKey, type RegistrationProof } from '../crypto/auth-proof.js';
import { derivePasswordKeys, type CredentialKeys } from '../crypto/password.js';
import { randomBytes } from '../crypto/primitives.js';
import { deriveRecoveryKeys, generateRecoveryKey, recoveryWords } from '../crypto/recovery.js';
import { generateSeeds, makeStatement, signHandle } from '../crypto/user-keys.js';
import { generateVaultKey, sealUnlock, sealVault } from '../crypto/vault.js';
import { wipe } from '../crypto/wipe.js';

export interface DraftInput {
  readonly serviceId: string;
  readonly userId: string;
  /** Normalised. */
  readonly loginId: string;
  readonly suite: number;
  readonly password: string;
  readonly accountSecret: Uint8Array | undefined;
  /** Of the vault: 1 at a registration. */
  readonly vaultVersion: number;
  /** The statement that the keys are to come after, though its private keys are lost; absent for version 1. */
  readonly lost?: VerifiedStatement;
  /** Unix milliseconds. */
  readonly now: number;
}

/** Everything of an account that is made from nothing, but what depends on the server's challenge. */
export interface Draft {
  readonly loginId: string;
  readonly fields: RegisterFields;
  readonly statement: VerifiedStatement;
  readonly vaultVersion: number;
  readonly vaultKey: Uint8Array;
  readonly passwordKeys: CredentialKeys;
  readonly recoveryKeys: CredentialKeys;
  /** The 24 words. */
  readonly words: string;
  readonly accountSecret: Uint8Array | undefined;
}

/** New keys, vault, password and recovery key. Takes as long as the suite asks for. */
export function makeDraft(input: DraftInput): Draft {
  const { serviceId, userId, loginId, suite, password, accountSecret, vaultVersion, lost, now } = input;
  const salt = randomBytes(32);
  const secret = accountSecret === undefined ? {} : { accountSecret };
  const passwordKeys = derivePasswordKeys({ suite, serviceId, loginId, salt, password, ...secret });
  const recoveryKey = generateRecoveryKey();
  const recoveryKeys = deriveRecoveryKeys(recoveryKey);
  const words = recoveryWords(recoveryKey);
  const vaultKey = generateVaultKey();
  const seeds = generateSeeds();
  const statement = makeStatement({ serviceId, userId, seeds, now, ...(lost === undefined ? {} : { previous: lost }) });
  const { version, keysHash } = statement;
  const header = { serviceId, userId, vaultVersion, keyVersion: version, keysHash };
  const unlock = { kind: 'password', serviceId, userId, suite, loginId, salt } as const;
  const fields: RegisterFields = {
    userId,
    suite,
    salt,
    authPublicKey: authPublicKey(passwordKeys.authSeed),
    keysHash,
    handleSignature: signHandle({ serviceId, loginId, userId, version }, seeds.signSeed),
    vault: sealVault(vaultKey, header, { keys: [{ version, ...seeds }], records: [] }),
    passwordUnlock: sealUnlock(passwordKeys.wrapKey, unlock, vaultKey),
    recoveryAuthPublicKey: authPublicKey(recoveryKeys.authSeed),
    recoveryUnlock: sealUnlock(recoveryKeys.wrapKey, { kind: 'recovery', serviceId, userId }, vaultKey),
  };
  wipe(recoveryKey, seeds.signSeed, seeds.boxSeed, seeds.kemSeed);
  return { loginId, fields, statement, vaultVersion, vaultKey, passwordKeys, recoveryKeys, words, accountSecret };
}

/** When the draft has become an account, or has not. */
export function wipeDraft({ passwordKeys, recoveryKeys, vaultKey, accountSecret }: Draft): void {
  wipe(passwordKeys.authSeed, passwordKeys.wrapKey, recoveryKeys.authSeed, recoveryKeys.wrapKey, vaultKey);
  wipe(accountSecret);
}

type Proofs = 'challenge' | 'proof' | 'authKeySignature' | 'recoveryAuthKeySignature';

/** A draft as it is sent, but for its proofs. */
export function draftJson({
  fields,
  loginId,
  statement,
}: Draft): Omit<RegisterRequestJson, Proofs | 'invitation' | 'sessionName'> {
  return {
    userId: fields.userId,
    loginId,
    suite: fields.suite,
    salt: encodeBase64Url(fields.salt),
    authPublicKey: encodeBase64Url(fields.authPublicKey),
    keys: signedStatementJson(statement),
    handleSignature: encodeBase64Url(fields.handleSignature),
    vault: encodeBase64Url(fields.vault),
    passwordUnlock: encodeBase64Url(fields.passwordUnlock),
    recoveryAuthPublicKey: encodeBase64Url(fields.recoveryAuthPublicKey),
    recoveryUnlock: encodeBase64Url(fields.recoveryUnlock),
  };
}

/** The proofs of a draft as they are sent. */
export function proofsJson(challenge: Uint8Array, proof: RegistrationProof): Pick<RegisterRequestJson, Proofs> {
  return {
    challenge: encodeBase64Url(challenge),
    proof: encodeBase64Url(proof.proof),
    authKeySignature: encodeBase64Url(proof.authKeySignature),
    recoveryAuthKeySignature: encodeBase64Url(proof.recoveryAuthKeySignature),
  };
}
