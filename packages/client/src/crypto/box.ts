import { CryptoRefused } from './crypto-refused.js';
import { sodium } from './sodium.js';
import { wipe } from './wipe.js';

/** Runs `work` with the X25519 private key of a seed. */
function withPrivateKey<T>(boxSeed: Uint8Array, work: (privateKey: Uint8Array, publicKey: Uint8Array) => T): T {
  const { privateKey, publicKey } = sodium().crypto_box_seed_keypair(boxSeed);
  try {
    return work(privateKey, publicKey);
  } finally {
    wipe(privateKey);
  }
}

function opening(open: () => Uint8Array): Uint8Array {
  try {
    return open();
  } catch {
    throw new CryptoRefused('cannot-decrypt');
  }
}

/** crypto_box_easy from the holder of `senderSeed` to `recipientKey`. */
export function boxSeal(
  senderSeed: Uint8Array,
  recipientKey: Uint8Array,
  nonce: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  return withPrivateKey(senderSeed, (privateKey) =>
    sodium().crypto_box_easy(plaintext, nonce, recipientKey, privateKey),
  );
}

/** The plaintext of boxSeal's output. Throws CryptoRefused `cannot-decrypt`. */
export function boxOpen(
  recipientSeed: Uint8Array,
  senderKey: Uint8Array,
  nonce: Uint8Array,
  ciphertext: Uint8Array,
): Uint8Array {
  return withPrivateKey(recipientSeed, (privateKey) =>
    opening(() => sodium().crypto_box_open_easy(ciphertext, nonce, senderKey, privateKey)),
  );
}

/** crypto_box_seal: to a recipient, from nobody in particular. */
export function sealedBoxSeal(recipientKey: Uint8Array, plaintext: Uint8Array): Uint8Array {
  return sodium().crypto_box_seal(plaintext, recipientKey);
}

/** The plaintext of sealedBoxSeal's output. Throws CryptoRefused `cannot-decrypt`. */
export function sealedBoxOpen(recipientSeed: Uint8Array, ciphertext: Uint8Array): Uint8Array {
  return withPrivateKey(recipientSeed, (privateKey, publicKey) =>
    opening(() => sodium().crypto_box_seal_open(ciphertext, publicKey, privateKey)),
  );
}
