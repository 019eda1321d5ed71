import { concat, decodeCommittedBlob, encodeCommittedBlob, LENGTHS, ProtocolError, tag } from '@sealpost/protocol';

import { aeadOpen, aeadSeal } from './aead.js';
import { CryptoRefused } from './crypto-refused.js';
import { hkdfExpand, hkdfExtract } from './hkdf.js';
import { constantTimeEqual, randomBytes } from './primitives.js';
import { wipe, wiping } from './wipe.js';

/** What a committed blob is sealed under (section 6). */
export interface CommittedContext {
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Without the tag's prefix and zero byte, such as `vault/keys/v1`. */
  readonly label: string;
  /** Bound to the blob, not part of it. */
  readonly header: Uint8Array;
}

/**
 * encKey ‖ commit = HKDF-Expand(HKDF-Extract(salt, secret), info, 64): the pair that makes an AEAD commit to its key, for
 * blobs of section 6 and bodies of section 8.
 */
export function deriveCommittedKey(
  salt: Uint8Array,
  secret: Uint8Array,
  info: Uint8Array,
): { readonly key: Uint8Array; readonly commit: Uint8Array } {
  const prk = hkdfExtract(salt, secret);
  const derived = hkdfExpand(prk, info, 64);
  const pair = { key: derived.slice(0, 32), commit: derived.slice(32) };
  wipe(prk, derived);
  return pair;
}

function deriveBlobKey(
  context: Omit<CommittedContext, 'header'>,
  nonce: Uint8Array,
): ReturnType<typeof deriveCommittedKey> {
  return deriveCommittedKey(new Uint8Array(0), context.key, concat(tag(context.label), nonce));
}

/** Seals `plaintext`: 0x01 ‖ nonce ‖ commit ‖ ciphertext. Only tests of fixed examples give the nonce. */
export function sealCommitted(
  context: CommittedContext,
  plaintext: Uint8Array,
  nonce: Uint8Array = randomBytes(LENGTHS.nonce),
): Uint8Array {
  const { key, commit } = deriveBlobKey(context, nonce);
  const ciphertext = wiping([key], () => aeadSeal(key, nonce, plaintext, concat(context.header, commit)));
  return encodeCommittedBlob({ nonce, commit, ciphertext });
}

/** Opens a committed blob. Throws CryptoRefused: `malformed-blob`, `wrong-commit` or `cannot-decrypt`. */
export function openCommitted(context: CommittedContext, bytes: Uint8Array): Uint8Array {
  const blob = parseBlob(bytes);
  const { key, commit } = deriveBlobKey(context, blob.nonce);
  return wiping([key], () => {
    if (!constantTimeEqual(commit, blob.commit)) throw new CryptoRefused('wrong-commit');
    return aeadOpen(key, blob.nonce, blob.ciphertext, concat(context.header, commit));
  });
}

function parseBlob(bytes: Uint8Array): ReturnType<typeof decodeCommittedBlob> {
  try {
    return decodeCommittedBlob(bytes, 'blob');
  } catch (error) {
    if (error instanceof ProtocolError) throw new CryptoRefused('malformed-blob', error.message);
    throw error;
  }
}

/** Whether a blob was sealed under this key and label, whatever its header is. Opens nothing. */
export function isSealedUnder({ key, label }: Omit<CommittedContext, 'header'>, bytes: Uint8Array): boolean {
  const blob = parseBlob(bytes);
  const derived = deriveBlobKey({ key, label }, blob.nonce);
  return wiping([derived.key], () => constantTimeEqual(derived.commit, blob.commit));
}
