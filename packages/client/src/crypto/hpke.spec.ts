import { beforeAll, describe, expect, it } from '@jest/globals';
import { concat, escrowInfoBytes, escrowKeyBytes, LENGTHS } from '@sealpost/protocol';

import { vectors } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { hpkeOpen, hpkeSeal, hpkeSealDeterministic } from './hpke.js';
import { randomBytes, sha256 } from './primitives.js';
import { loadSodium, sodium } from './sodium.js';

beforeAll(loadSodium);

const { escrow, vaultKey, vault } = vectors.vault;
const info = fromHex(escrow.info);
const sealed = {
  enc: fromHex(escrow.blob).slice(1, 1 + LENGTHS.kemCiphertext),
  ciphertext: fromHex(escrow.blob).slice(1 + LENGTHS.kemCiphertext),
};

function withBitFlipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = bytes.slice();
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}

describe('HPKE with X-Wing', () => {
  it('HPKE with X-Wing makes the escrow unlock of the fixed example', () => {
    const publicKey = fromHex(escrow.escrowPublicKey);
    const { serviceId, userId } = vault.header;
    expect(toHex(escrowInfoBytes(serviceId, userId, sha256(escrowKeyBytes(publicKey))))).toBe(escrow.info);
    const made = hpkeSealDeterministic(publicKey, info, fromHex(vaultKey), fromHex(escrow.kemSeed));
    expect(toHex(concat(Uint8Array.of(1), made.enc, made.ciphertext))).toBe(escrow.blob);
  });

  it('HPKE with X-Wing opens the escrow unlock of the fixed example with the seed alone', () => {
    expect(toHex(hpkeOpen(fromHex(escrow.escrowSeed), sealed, info))).toBe(vaultKey);
  });

  it('HPKE with X-Wing refuses a change of any byte of the encapsulation, and of any bit of the ciphertext', () => {
    const seed = fromHex(escrow.escrowSeed);
    const refusal = expect.objectContaining({ code: 'cannot-decrypt' });
    for (let byte = 0; byte < sealed.enc.length; byte++) {
      const enc = withBitFlipped(sealed.enc, byte * 8 + (byte % 8));
      expect(() => hpkeOpen(seed, { ...sealed, enc }, info)).toThrow(refusal);
    }
    for (let bit = 0; bit < sealed.ciphertext.length * 8; bit++) {
      const ciphertext = withBitFlipped(sealed.ciphertext, bit);
      expect(() => hpkeOpen(seed, { ...sealed, ciphertext }, info)).toThrow(refusal);
    }
  });

  it('HPKE with X-Wing refuses another info, another seed and impossible lengths', () => {
    const seed = fromHex(escrow.escrowSeed);
    const refusal = expect.objectContaining({ code: 'cannot-decrypt' });
    expect(() => hpkeOpen(seed, sealed, concat(info, Uint8Array.of(0)))).toThrow(refusal);
    expect(() => hpkeOpen(randomBytes(32), sealed, info)).toThrow(refusal);
    expect(() => hpkeOpen(seed, { ...sealed, enc: sealed.enc.slice(1) }, info)).toThrow(refusal);
    expect(() => hpkeOpen(seed, { ...sealed, ciphertext: new Uint8Array(15) }, info)).toThrow(refusal);
  });

  it('HPKE with X-Wing seals differently each time, and opens each', () => {
    const seed = randomBytes(32);
    const { publicKey } = sodium().crypto_kem_xwing_seed_keypair(seed);
    const plaintext = randomBytes(32);
    const [first, second] = [hpkeSeal(publicKey, info, plaintext), hpkeSeal(publicKey, info, plaintext)];
    expect(toHex(first.enc)).not.toBe(toHex(second.enc));
    expect(toHex(hpkeOpen(seed, first, info))).toBe(toHex(plaintext));
    expect(toHex(hpkeOpen(seed, second, info))).toBe(toHex(plaintext));
  });
});
