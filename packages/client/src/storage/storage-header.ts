import { decodeBase64Url, encodeBase64Url, ProtocolError } from '@sealpost/protocol';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { randomBytes } from '../crypto/primitives.js';
import {
  newStorageKey,
  passphraseKey,
  STORAGE_KEY_BYTES,
  STORAGE_SALT_BYTES,
  unwrapStorageKey,
  wrapStorageKey,
} from '../crypto/storage-key.js';
import { wipe } from '../crypto/wipe.js';
import { ClientError } from '../errors.js';

/** What opens an encrypted storage. */
export type StorageUnlock =
  | {
      /** Normalised as passwords are. */
      readonly passphrase: string;
      /** Argon2id's parameters, by the number of a password suite: 1 (the default, 64 MiB) or 2 (256 MiB). */
      readonly suite?: number;
    }
  | {
      /** 32 bytes from a place of the system's, e.g. its keystore. Wiped after use. */
      readonly storageKey: () => Promise<Uint8Array>;
    };

/** Under which key of the inner storage it says how it is opened. */
export const STORAGE_HEADER = 'encrypted-storage';

const DEFAULT_SUITE = 1;

/** How the storage's key is wrapped. Bytes are base64url. */
export interface StorageHeader {
  readonly version: 1;
  /** Absent: under a key from outside. */
  readonly passphrase?: { readonly suite: number; readonly salt: string };
  readonly wrapped: string;
  /** What was readable before may not be erased yet. */
  readonly erasing: boolean;
}

export function encodeHeader(header: StorageHeader): string {
  return JSON.stringify(header);
}

/** @throws ClientError `storage.damaged` */
export function decodeHeader(text: string): StorageHeader {
  try {
    const header = JSON.parse(text) as Partial<StorageHeader> | null;
    const { passphrase, wrapped } = header ?? {};
    const whole =
      passphrase === undefined ||
      (Number.isInteger(passphrase.suite) && decodeBase64Url(passphrase.salt)?.length === STORAGE_SALT_BYTES);
    if (header?.version === 1 && whole && typeof wrapped === 'string') return header as StorageHeader;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

/** A header for a storage's key. @param storageKey absent: a new one */
export async function makeHeader(
  unlock: StorageUnlock,
  storageKey = newStorageKey(),
): Promise<{ readonly header: StorageHeader; readonly storageKey: Uint8Array }> {
  const passphrase =
    'passphrase' in unlock
      ? { suite: unlock.suite ?? DEFAULT_SUITE, salt: encodeBase64Url(randomBytes(STORAGE_SALT_BYTES)) }
      : undefined;
  const base = { version: 1 as const, ...(passphrase === undefined ? {} : { passphrase }) };
  const wrapKey = await wrapKeyOf(base, unlock);
  const wrapped = encodeBase64Url(wrapStorageKey(wrapKey, storageKey, bound(base)));
  wipe(wrapKey);
  return { header: { ...base, wrapped, erasing: false }, storageKey };
}

/** The storage's key. @throws ClientError `storage.key-refused`, `storage.damaged` */
export async function unlockHeader(header: StorageHeader, unlock: StorageUnlock): Promise<Uint8Array> {
  const wrapped = decodeBase64Url(header.wrapped);
  if (wrapped === null) throw damaged();
  const wrapKey = await wrapKeyOf(header, unlock);
  try {
    return unwrapStorageKey(wrapKey, wrapped, bound(header));
  } catch (cause) {
    if (!(cause instanceof CryptoRefused)) throw cause;
    if (cause.code === 'malformed-blob') throw damaged(cause);
    throw new ClientError('storage.key-refused', 'This does not open the encrypted storage', { cause });
  } finally {
    wipe(wrapKey);
  }
}

type Wrapping = Pick<StorageHeader, 'version' | 'passphrase'>;

/** What is said in the clear and must not be exchanged. */
function bound({ version, passphrase }: Wrapping): string {
  return passphrase === undefined ? `${version}/key` : `${version}/passphrase/${passphrase.suite}/${passphrase.salt}`;
}

async function wrapKeyOf({ passphrase }: Wrapping, unlock: StorageUnlock): Promise<Uint8Array> {
  if ('storageKey' in unlock) {
    if (passphrase !== undefined) throw otherKind('a passphrase');
    const given = await unlock.storageKey();
    if (given.length === STORAGE_KEY_BYTES) return given;
    throw new ClientError('client.invalid-argument', `storageKey gives ${STORAGE_KEY_BYTES} bytes`);
  }
  if (passphrase === undefined) throw otherKind('a key of the system’s keystore');
  try {
    return passphraseKey(unlock.passphrase, passphrase.suite, decodeBase64Url(passphrase.salt) ?? new Uint8Array(0));
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new ClientError('client.invalid-argument', cause.message, { cause });
    if (cause instanceof CryptoRefused) throw damaged(cause);
    throw cause;
  }
}

function otherKind(kind: string): ClientError {
  return new ClientError('storage.key-refused', `The storage is encrypted under ${kind}`);
}

function damaged(cause?: unknown): ClientError {
  return new ClientError('storage.damaged', 'What says how the storage is encrypted is damaged', { cause });
}
