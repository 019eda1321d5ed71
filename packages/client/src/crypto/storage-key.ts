import { fromUtf8, PASSWORD_SUITES, tag, utf8 } from '@sealpost/protocol';

import { openCommitted, sealCommitted } from './committed-aead.js';
import { CryptoRefused } from './crypto-refused.js';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import { argon2id } from './password.js';
import { randomBytes } from './primitives.js';
import { wipe } from './wipe.js';

/** Bytes of the key of a storage, and of a key from outside that wraps it. */
export const STORAGE_KEY_BYTES = 32;
/** The length of the salt of Argon2id. */
export const STORAGE_SALT_BYTES = 16;

/** The keys of one encrypted storage. */
export interface StorageKeys {
  /** Under which entries are sealed. */
  readonly entries: Uint8Array;
  /** Under which their names are hashed. */
  readonly names: Uint8Array;
}

/** The keys that follow from the storage's own random one. */
export function storageKeys(storageKey: Uint8Array): StorageKeys {
  const prk = hkdfExtract(new Uint8Array(0), storageKey);
  const keys = {
    entries: hkdfExpand(prk, tag('sdk/storage/entries/v1'), 32),
    names: hkdfExpand(prk, tag('sdk/storage/names/v1'), 32),
  };
  wipe(prk);
  return keys;
}

/** A new key, at random: what is encrypted stays as it is when the passphrase changes. */
export function newStorageKey(): Uint8Array {
  return randomBytes(STORAGE_KEY_BYTES);
}

/**
 * The key of a passphrase, by Argon2id with the parameters of a password suite. Blocks for as long as that takes.
 * @param salt 16 bytes
 * @throws CryptoRefused `unknown-password-suite`; ProtocolError for a passphrase that the protocol has no form for
 */
export function passphraseKey(passphrase: string, suiteNumber: number, salt: Uint8Array): Uint8Array {
  const suite = PASSWORD_SUITES.get(suiteNumber);
  if (suite === undefined) throw new CryptoRefused('unknown-password-suite', `Unknown password suite ${suiteNumber}`);
  const masterKey = argon2id(suite, passphrase, salt);
  const key = hkdfExpand(hkdfExtract(new Uint8Array(0), masterKey), tag('sdk/storage/passphrase/v1'), 32);
  wipe(masterKey);
  return key;
}

/** Wraps the storage's key. @param header what is said about it in the clear, bound to it */
export function wrapStorageKey(wrapKey: Uint8Array, storageKey: Uint8Array, header: string): Uint8Array {
  return sealCommitted({ key: wrapKey, label: 'sdk/storage/key/v1', header: utf8(header) }, storageKey);
}

/** @throws CryptoRefused where the key is another one, or something was changed */
export function unwrapStorageKey(wrapKey: Uint8Array, wrapped: Uint8Array, header: string): Uint8Array {
  return openCommitted({ key: wrapKey, label: 'sdk/storage/key/v1', header: utf8(header) }, wrapped);
}

/** Under which name an entry is kept: the same for the same key, and telling nothing of it. 32 bytes. */
export function entryName({ names }: StorageKeys, key: string): Uint8Array {
  return hkdfExtract(names, utf8(key));
}

/** An entry with its key, bound to the name under which it is kept. */
export function sealEntry(keys: StorageKeys, name: Uint8Array, key: string, value: string): Uint8Array {
  const plaintext = utf8(JSON.stringify([key, value]));
  const sealed = sealCommitted({ key: keys.entries, label: 'sdk/storage/entry/v1', header: name }, plaintext);
  wipe(plaintext);
  return sealed;
}

/** @throws CryptoRefused */
export function openEntry(keys: StorageKeys, name: Uint8Array, sealed: Uint8Array): readonly [string, string] {
  const plaintext = openCommitted({ key: keys.entries, label: 'sdk/storage/entry/v1', header: name }, sealed);
  const entry = JSON.parse(fromUtf8(plaintext)) as [string, string];
  wipe(plaintext);
  return entry;
}
