import sodium from 'libsodium-wrappers-sumo';

/**
 * Import it, before the SDK is used, where a test needs new passwords by the hundred and their strength is not what it is
 * about: a hash in the place of Argon2id, in the test's own process. Clients in other processes derive other keys.
 */
await sodium.ready;

function hashInstead(length: number, password: Uint8Array | string, salt: Uint8Array): Uint8Array {
  return sodium.crypto_generichash(length, password, salt);
}

Object.assign(sodium, { crypto_pwhash: hashInstead });
