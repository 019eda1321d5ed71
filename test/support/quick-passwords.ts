import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';

/**
 * A hash in the place of Argon2id, in the test's own process: Argon2id is slow by design, and tests make people by the
 * hundred. Of every input it makes another key, as Argon2id does. Clients in other processes derive other keys: whoever
 * shares an account with one calls `deriveAsOthersDo()`.
 */
await sodium.ready;

type Derivation = readonly [
  length: number,
  password: Uint8Array | string,
  salt: Uint8Array,
  iterations: number,
  memoryBytes: number,
  algorithm: number,
];
type Derive = (...derivation: Derivation) => Uint8Array;

const derive: Derive = sodium.crypto_pwhash.bind(sodium);

function inputOf([length, password, salt, ...cost]: Derivation): string {
  return [length, hex(password), hex(salt), ...cost].join();
}

function hex(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('hex');
}

const hashInstead: Derive = (...derivation) => sodium.crypto_generichash(derivation[0], inputOf(derivation), null);

const derived = new Map<string, Uint8Array>();

/** What it gives depends on its input alone: each derivation is computed once. */
const deriveOnce: Derive = (...derivation) => {
  const input = inputOf(derivation);
  const found = derived.get(input) ?? derive(...derivation);
  derived.set(input, found);
  // The SDK wipes what it gets.
  return found.slice();
};

Object.assign(sodium, { crypto_pwhash: hashInstead });

/** One that nobody has had, and that is judged quickly: each digit would be tried as several letters. */
export function freshPassword(of: string): string {
  const letters = [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26)));
  return `${of}'s password ${letters.join('')}`;
}

/** From here on this process derives with Argon2id, as the command line and programs in other processes do. */
export function deriveAsOthersDo(): void {
  Object.assign(sodium, { crypto_pwhash: deriveOnce });
}
