import { beforeAll, describe, expect, it } from '@jest/globals';
import { checkX25519PublicKey } from '@sealpost/protocol';

import { wycheproof } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import { aeadOpen, aeadSeal } from './aead.js';
import { CryptoRefused } from './crypto-refused.js';
import { checkEd25519PublicKey, verifySignature } from './primitives.js';
import { loadSodium, sodium } from './sodium.js';

beforeAll(loadSodium);

describe('Wycheproof', () => {
  it('the SDK verifies Ed25519 signatures as every one of the 151 tests of Wycheproof says', () => {
    let tests = 0;
    for (const group of wycheproof.ed25519.testGroups) {
      const publicKey = fromHex(group.publicKey.pk);
      for (const { tcId, sig, msg, result } of group.tests) {
        const verified = verifySignature(fromHex(sig), fromHex(msg), publicKey);
        expect({ tcId, verified }).toEqual({ tcId, verified: result === 'valid' });
        tests++;
      }
    }
    expect(tests).toBe(151);
  });

  it('the SDK accepts the Ed25519 public keys of all valid signatures of Wycheproof', () => {
    for (const { publicKey, tests } of wycheproof.ed25519.testGroups) {
      if (tests.some(({ result }) => result === 'valid'))
        expect(checkEd25519PublicKey(fromHex(publicKey.pk))).toBeNull();
    }
  });

  it('the SDK refuses X25519 public keys of low order and non-canonical ones, and no others', () => {
    const refusals = { 'low-order': 0, 'non-canonical': 0 };
    for (const { tcId, flags, public: publicKey } of wycheproof.x25519.testGroups.flatMap(({ tests }) => tests)) {
      const refusal = checkX25519PublicKey(fromHex(publicKey));
      const number = BigInt(`0x${publicKey.match(/../g)?.reverse().join('') ?? ''}`);
      const lowOrder = flags.includes('LowOrderPublic') ? 'low-order' : null;
      const expected = number >= 2n ** 255n - 19n ? 'non-canonical' : lowOrder;
      expect({ tcId, refusal }).toEqual({ tcId, refusal: expected });
      if (refusal === 'low-order' || refusal === 'non-canonical') refusals[refusal]++;
    }
    expect(refusals['low-order']).toBeGreaterThan(5);
    expect(refusals['non-canonical']).toBeGreaterThan(10);
  });

  it('the SDK agrees on the X25519 shared secret with every public key that it accepts', () => {
    let agreed = 0;
    for (const test of wycheproof.x25519.testGroups.flatMap(({ tests }) => tests)) {
      if (checkX25519PublicKey(fromHex(test.public)) !== null) continue;
      const shared = sodium().crypto_scalarmult(fromHex(test.private), fromHex(test.public));
      expect({ tcId: test.tcId, shared: toHex(shared) }).toEqual({ tcId: test.tcId, shared: test.shared });
      agreed++;
    }
    expect(agreed).toBeGreaterThan(400);
  });

  it('the SDK seals and opens XChaCha20-Poly1305 as Wycheproof says', () => {
    for (const test of wycheproof.xchacha20Poly1305.testGroups.flatMap(({ tests }) => tests)) {
      const [key, iv, aad, msg] = [test.key, test.iv, test.aad, test.msg].map(fromHex) as [
        Uint8Array,
        Uint8Array,
        Uint8Array,
        Uint8Array,
      ];
      const sealed = fromHex(test.ct + test.tag);
      if (test.result === 'valid') {
        expect({ tcId: test.tcId, sealed: toHex(aeadSeal(key, iv, msg, aad)) }).toEqual({
          tcId: test.tcId,
          sealed: test.ct + test.tag,
        });
        expect({ tcId: test.tcId, opened: toHex(aeadOpen(key, iv, sealed, aad)) }).toEqual({
          tcId: test.tcId,
          opened: test.msg,
        });
      } else {
        expect(() => aeadOpen(key, iv, sealed, aad)).toThrow(CryptoRefused);
      }
    }
  });
});
