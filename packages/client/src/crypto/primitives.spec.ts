import { generateKeyPairSync, sign as nodeSign } from 'node:crypto';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import {
  checkEd25519PublicKey,
  checkXWingPublicKey,
  constantTimeEqual,
  randomBytes,
  sha256,
  sha512,
  sign,
  signingPublicKey,
  verifySignature,
} from './primitives.js';
import { loadSodium, sodium } from './sodium.js';

beforeAll(loadSodium);

describe('An Ed25519 public key', () => {
  it('an Ed25519 public key is accepted where a seed made it', () => {
    for (let round = 0; round < 20; round++)
      expect(checkEd25519PublicKey(signingPublicKey(randomBytes(32)))).toBeNull();
  });

  it.each([0, 31, 33])('an Ed25519 public key is refused with %d bytes', (length) => {
    expect(checkEd25519PublicKey(new Uint8Array(length))).toBe('wrong-length');
  });

  it.each([
    ['y = p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'non-canonical'],
    [
      'y = p + 1, the sign bit set',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
      'non-canonical',
    ],
    ['the neutral element', '0100000000000000000000000000000000000000000000000000000000000000', 'low-order'],
    ['the point of order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f', 'low-order'],
    ['a point of order 4', '0000000000000000000000000000000000000000000000000000000000000000', 'low-order'],
    ['a point of order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a', 'low-order'],
    [
      'y = 2, which is not on the curve',
      '0200000000000000000000000000000000000000000000000000000000000000',
      'off-curve',
    ],
  ])('an Ed25519 public key is refused as %s', (_what, key, refusal) => {
    expect(checkEd25519PublicKey(fromHex(key))).toBe(refusal);
  });

  it('an Ed25519 public key is refused where a point of low order was added to a good one', () => {
    const order8 = fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a');
    const mixed = sodium().crypto_core_ed25519_add(signingPublicKey(randomBytes(32)), order8);
    expect(checkEd25519PublicKey(mixed)).toBe('low-order');
  });
});

describe('An X-Wing public key', () => {
  const good = fromHex(vectors.message.parties.bob.keys.kemPublicKey);

  it('an X-Wing public key is accepted where a seed made it', () => {
    expect(checkXWingPublicKey(good)).toBeNull();
  });

  it('an X-Wing public key is refused in another length', () => {
    expect(checkXWingPublicKey(good.slice(1))).toBe('wrong-length');
  });

  it('an X-Wing public key is refused where its X25519 part is', () => {
    const lowOrder = good.slice();
    lowOrder.fill(0, 1184);
    expect(checkXWingPublicKey(lowOrder)).toBe('low-order');
    const nonCanonical = good.slice();
    nonCanonical[1215] = (nonCanonical[1215] ?? 0) | 0x80;
    expect(checkXWingPublicKey(nonCanonical)).toBe('non-canonical');
  });

  it('an X-Wing public key is refused where its ML-KEM part is not reduced', () => {
    const unreduced = good.slice();
    unreduced.fill(0xff, 0, 3);
    expect(checkXWingPublicKey(unreduced)).toBe('encapsulation-failed');
  });
});

describe('Signatures', () => {
  it("signatures verify Node's, and refuse a changed bit, another message and lengths that cannot be", () => {
    const pair = generateKeyPairSync('ed25519');
    const publicKey = new Uint8Array(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
    const message = randomBytes(50);
    const signature = new Uint8Array(nodeSign(null, message, pair.privateKey));
    expect(verifySignature(signature, message, publicKey)).toBe(true);
    expect(verifySignature(signature, message.slice(1), publicKey)).toBe(false);
    expect(verifySignature(signature.slice(1), message, publicKey)).toBe(false);
    expect(verifySignature(signature, message, publicKey.slice(1))).toBe(false);
    for (let bit = 0; bit < 512; bit += 7) {
      const changed = signature.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(verifySignature(changed, message, publicKey)).toBe(false);
    }
  });

  it('signatures are refused under a public key of low order, which would fit every message', () => {
    const neutral = fromHex('0100000000000000000000000000000000000000000000000000000000000000');
    const signature = new Uint8Array(64);
    signature.set(neutral);
    expect(verifySignature(signature, randomBytes(10), neutral)).toBe(false);
  });

  it('signatures by a seed verify under the public key of the seed', () => {
    const seed = randomBytes(32);
    const message = randomBytes(100);
    expect(verifySignature(sign(message, seed), message, signingPublicKey(seed))).toBe(true);
  });
});

describe('Hashes and comparison', () => {
  it('the hash of the empty string is that of the standard', () => {
    expect(toHex(sha256(new Uint8Array(0)))).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(toHex(sha512(new Uint8Array(0)))).toMatch(/^cf83e1357eefb8bd/);
  });

  it('a comparison of bytes looks at contents and lengths', () => {
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(constantTimeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0))).toBe(false);
  });
});
