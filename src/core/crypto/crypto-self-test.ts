import { StartError } from '../start-error.js';
import type { CryptoService } from './crypto.service.js';

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** RFC 8032, section 7.1, test 3. */
const ED25519 = {
  publicKey: hex('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'),
  message: hex('af82'),
  signature: hex(
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ),
};

/** y = 2 is no point; y = 0 is one of order 4. */
const OFF_CURVE = hex(`02${'00'.repeat(31)}`);
const LOW_ORDER = new Uint8Array(32);

/** An X-Wing public key whose private key nobody made: an ML-KEM key of zeros, and the base point of X25519. */
const XWING_KEY = Uint8Array.from({ length: 1216 }, (_, index) => (index === 1184 ? 9 : 0));
/** A KEM key with a coefficient that is not below the modulus, which FIPS 203 has the encapsulation refuse. */
const XWING_BAD_KEY = Uint8Array.from(XWING_KEY, (byte, index) => (index < 2 ? 0xff : byte));

/** Known answers: name of the primitive, and whether it gives them. */
const CHECKS: readonly (readonly [string, (crypto: CryptoService) => boolean])[] = [
  [
    'SHA-256',
    // FIPS 180-4's example "abc".
    (crypto) =>
      toHex(crypto.sha256(hex('616263'))) === 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  ],
  [
    'HMAC-SHA-256',
    // RFC 4231, test case 2.
    (crypto) =>
      toHex(crypto.hmacSha256(Buffer.from('Jefe'), Buffer.from('what do ya want for nothing?'))) ===
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  ],
  [
    'constant-time equality',
    (crypto) => crypto.equal(hex('0102'), hex('0102')) && !crypto.equal(hex('0102'), hex('0103')),
  ],
  [
    'Ed25519 signatures',
    (crypto) =>
      crypto.verifySignature(ED25519.signature, ED25519.message, ED25519.publicKey) &&
      !crypto.verifySignature(ED25519.signature, hex('af83'), ED25519.publicKey),
  ],
  [
    'Ed25519 public keys',
    (crypto) =>
      crypto.checkEd25519PublicKey(ED25519.publicKey) === null &&
      crypto.checkEd25519PublicKey(OFF_CURVE) === 'off-curve' &&
      crypto.checkEd25519PublicKey(LOW_ORDER) === 'low-order',
  ],
  [
    'X25519 public keys',
    (crypto) =>
      crypto.checkX25519PublicKey(XWING_KEY.subarray(1184)) === null &&
      crypto.checkX25519PublicKey(LOW_ORDER) === 'low-order',
  ],
  [
    'X-Wing public keys',
    (crypto) =>
      crypto.checkXWingPublicKey(XWING_KEY) === null &&
      crypto.checkXWingPublicKey(XWING_BAD_KEY) === 'encapsulation-failed',
  ],
];

/** Stops the start of a server whose primitives do not give the known answers: a broken build, processor or memory. */
export function runCryptoSelfTest(crypto: CryptoService): void {
  for (const [name, holds] of CHECKS) {
    if (!holds(crypto)) {
      throw new StartError(
        `The self-test of ${name} failed: this installation computes wrong results. ` +
          'Install the dependencies again (npm ci); if that does not help, suspect the machine.',
      );
    }
  }
}
