import sodium from 'libsodium-wrappers-sumo';

/**
 * Argon2id is slow by design, and tests derive the keys of one person's password again and again. What it gives depends on
 * its input alone: so a test file computes each derivation once, with the SDK's own implementation, and remembers it.
 */
await sodium.ready;

const derive = sodium.crypto_pwhash.bind(sodium);
const derived = new Map<string, Uint8Array>();

function hex(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('hex');
}

function deriveOnce(
  length: number,
  password: Uint8Array | string,
  salt: Uint8Array,
  ...[iterations, memoryBytes, algorithm]: readonly [number, number, number]
): Uint8Array {
  const key = [length, hex(password), hex(salt), iterations, memoryBytes, algorithm].join();
  const found = derived.get(key) ?? derive(length, password, salt, iterations, memoryBytes, algorithm);
  derived.set(key, found);
  // The SDK wipes what it gets.
  return found.slice();
}

Object.assign(sodium, { crypto_pwhash: deriveOnce });
