import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { fromHex } from '../../../test/support/vectors.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

let crypto: SodiumCryptoService;

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
});

const withSignBit = (key: Uint8Array): Uint8Array => key.map((byte, index) => (index === 31 ? byte | 0x80 : byte));

/** 2^255 − 19 + offset, little-endian. */
const primePlus = (offset: number): Uint8Array =>
  Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xed + offset : index === 31 ? 0x7f : 0xff));

/** The y-coordinates of the points of small order; of some of them both signs are points. */
const LOW_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map(fromHex);

describe('Ed25519 public keys', () => {
  it('the check of Ed25519 public keys accepts those that libsodium makes', () => {
    for (let count = 0; count < 20; count++) {
      expect(crypto.checkEd25519PublicKey(sodium.crypto_sign_keypair().publicKey)).toBeNull();
    }
  });

  it('the check of Ed25519 public keys refuses every point of low order, with either sign', () => {
    for (const point of LOW_ORDER) {
      expect(crypto.checkEd25519PublicKey(point)).toBe('low-order');
      expect(crypto.checkEd25519PublicKey(withSignBit(point))).toBe('low-order');
    }
  });

  it('the check of Ed25519 public keys refuses a point whose order is not prime because a part of it is of low order', () => {
    const { publicKey } = sodium.crypto_sign_keypair();
    for (const point of LOW_ORDER.slice(1)) {
      const mixed = sodium.crypto_core_ed25519_add(publicKey, point);
      expect(crypto.checkEd25519PublicKey(mixed)).toBe('low-order');
    }
  });

  it('the check of Ed25519 public keys refuses all 19 encodings of numbers from p on, with either sign', () => {
    for (let offset = 0; offset < 19; offset++) {
      expect(crypto.checkEd25519PublicKey(primePlus(offset))).toBe('non-canonical');
      expect(crypto.checkEd25519PublicKey(withSignBit(primePlus(offset)))).toBe('non-canonical');
    }
  });

  it('the check of Ed25519 public keys refuses y-coordinates that no point has', () => {
    // y = 2 and 7 are among them.
    for (const y of [2, 7]) {
      const key = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? y : 0));
      expect(crypto.checkEd25519PublicKey(key)).toBe('off-curve');
    }
  });

  it('the check of Ed25519 public keys gives every random string a verdict, about half of them off the curve', () => {
    const verdicts = Array.from({ length: 400 }, () => crypto.checkEd25519PublicKey(sodium.randombytes_buf(32)));
    const offCurve = verdicts.filter((verdict) => verdict === 'off-curve').length;
    expect(offCurve).toBeGreaterThan(120);
    expect(offCurve).toBeLessThan(280);
  });

  it.each([0, 31, 33, 64])('the check of Ed25519 public keys refuses %d bytes', (length) => {
    expect(crypto.checkEd25519PublicKey(new Uint8Array(length))).toBe('wrong-length');
  });
});

describe('X-Wing public keys', () => {
  const generate = (): Uint8Array => sodium.crypto_kem_xwing_keypair().publicKey;

  it('the check of X-Wing public keys accepts those that libsodium makes', () => {
    for (let count = 0; count < 5; count++) expect(crypto.checkXWingPublicKey(generate())).toBeNull();
  });

  it.each([0, 32, 1184, 1215, 1217])('the check of X-Wing public keys refuses %d bytes', (length) => {
    expect(crypto.checkXWingPublicKey(new Uint8Array(length))).toBe('wrong-length');
  });

  it('the X25519 part of an X-Wing public key is checked like a box key', () => {
    const key = generate();
    const withTail = (tail: Uint8Array): Uint8Array => Uint8Array.of(...key.subarray(0, 1184), ...tail);
    expect(crypto.checkXWingPublicKey(withTail(new Uint8Array(32)))).toBe('low-order');
    expect(crypto.checkXWingPublicKey(withTail(primePlus(0)))).toBe('non-canonical');
    expect(crypto.checkXWingPublicKey(withTail(withSignBit(key.subarray(1184))))).toBe('non-canonical');
  });

  it('the check of X-Wing public keys refuses every ML-KEM coefficient from the modulus on, wherever it stands', () => {
    const key = generate();
    // Two coefficients of 12 bits in three bytes; 3329 is the modulus, 4095 the largest that fits.
    for (const coefficient of [3329, 4095]) {
      for (const at of [0, 3 * 100, 3 * 383]) {
        const first = Uint8Array.from(key);
        first.set([coefficient & 0xff, ((first[at + 1] ?? 0) & 0xf0) | (coefficient >> 8)], at);
        expect(crypto.checkXWingPublicKey(first)).toBe('encapsulation-failed');
        const second = Uint8Array.from(key);
        second.set([((second[at + 1] ?? 0) & 0x0f) | ((coefficient & 0xf) << 4), coefficient >> 4], at + 1);
        expect(crypto.checkXWingPublicKey(second)).toBe('encapsulation-failed');
      }
    }
  });

  it('the check of X-Wing public keys accepts the largest coefficient below the modulus', () => {
    const key = generate();
    key.set([3328 & 0xff, ((key[1] ?? 0) & 0xf0) | (3328 >> 8)], 0);
    expect(crypto.checkXWingPublicKey(key)).toBeNull();
  });
});
