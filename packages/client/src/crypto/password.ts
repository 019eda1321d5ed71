import {
  argonSaltBytes,
  normaliseLoginId,
  PASSWORD_SUITES,
  preparePassword,
  tag,
  utf8,
  type PasswordSuite,
} from '@sealpost/protocol';

import { internal } from '../errors.js';
import { CryptoRefused } from './crypto-refused.js';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import { sha256 } from './primitives.js';
import { sodium } from './sodium.js';
import { wipe } from './wipe.js';

/** What a password or a recovery key becomes (sections 2 and 3). Wipe both after use. */
export interface CredentialKeys {
  /** Seed of the Ed25519 auth key. */
  readonly authSeed: Uint8Array;
  /** Key of the unlock that holds the vault key. */
  readonly wrapKey: Uint8Array;
}

export interface PasswordInput {
  /** Number that the server names; a client stops at one that it does not know. */
  readonly suite: number;
  readonly serviceId: string;
  /** What the user typed, or that normalised. */
  readonly loginId: string;
  /** 32 bytes, public. */
  readonly salt: Uint8Array;
  /** What the user typed. */
  readonly password: string;
  /** Optional 32-byte secret held by the user's devices. */
  readonly accountSecret?: Uint8Array | undefined;
}

/**
 * The keys of a password (section 2). Costs the suite's memory and up to seconds, and blocks meanwhile.
 * Throws CryptoRefused `unknown-password-suite` before computing anything, and ProtocolError for a password, loginId or
 * salt outside of section 1.
 */
export function derivePasswordKeys(input: PasswordInput): CredentialKeys {
  const suite = PASSWORD_SUITES.get(input.suite);
  if (suite === undefined) throw new CryptoRefused('unknown-password-suite', `Unknown password suite ${input.suite}`);
  const saltBytes = argonSaltBytes(input.suite, input.serviceId, normaliseLoginId(input.loginId), input.salt);
  const masterKey = argon2id(suite, input.password, sha256(saltBytes).slice(0, 16));
  const keys = expandCredential(accountSalt(input.accountSecret), masterKey, 'pw');
  wipe(masterKey);
  return keys;
}

function accountSalt(accountSecret: Uint8Array | undefined): Uint8Array {
  if (accountSecret === undefined) return new Uint8Array(32);
  if (accountSecret.length !== 32) throw internal('An account secret has 32 bytes');
  return accountSecret;
}

/** Argon2id of a password in its normal form; the salt has 16 bytes. */
export function argon2id(suite: PasswordSuite, password: string, salt: Uint8Array): Uint8Array {
  const prepared = utf8(preparePassword(password), 'password');
  const { crypto_pwhash, crypto_pwhash_ALG_ARGON2ID13: algorithm } = sodium();
  try {
    return crypto_pwhash(32, prepared, salt, suite.iterations, suite.memoryBytes, algorithm);
  } finally {
    wipe(prepared);
  }
}

/** authSeed and wrapKey of one input key; sections 2 and 3 differ in the salt and the tags' first part. */
export function expandCredential(salt: Uint8Array, inputKey: Uint8Array, kind: 'pw' | 'recovery'): CredentialKeys {
  const prk = hkdfExtract(salt, inputKey);
  const keys = {
    authSeed: hkdfExpand(prk, tag(`${kind}/auth/v1`), 32),
    wrapKey: hkdfExpand(prk, tag(`${kind}/wrap/v1`), 32),
  };
  wipe(prk);
  return keys;
}
