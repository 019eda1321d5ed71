import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { fromHex, readVectors, toHex } from '../../../test/support/vectors.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

interface Suite<Group> {
  readonly numberOfTests: number;
  readonly testGroups: readonly Group[];
}

interface Case {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface SignatureGroup {
  readonly publicKey: { readonly pk: string };
  readonly tests: readonly (Case & { readonly msg: string; readonly sig: string })[];
}

interface AgreementGroup {
  readonly tests: readonly (Case & { readonly public: string; readonly private: string; readonly shared: string })[];
}

interface AeadGroup {
  readonly tests: readonly (Case & Readonly<Record<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag', string>>)[];
}

let crypto: SodiumCryptoService;

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
});

describe('Wycheproof', () => {
  it('the check of Ed25519 signatures accepts what Wycheproof calls valid, and nothing else', () => {
    const suite = readVectors('wycheproof/ed25519_test') as Suite<SignatureGroup>;
    let seen = 0;
    for (const { publicKey, tests } of suite.testGroups) {
      for (const { tcId, msg, sig, result } of tests) {
        const accepted = crypto.verifySignature(fromHex(sig), fromHex(msg), fromHex(publicKey.pk));
        expect([tcId, accepted]).toEqual([tcId, result === 'valid']);
        seen++;
      }
    }
    expect(seen).toBe(suite.numberOfTests);
  });

  it('the check of X25519 keys refuses every low-order and non-canonical key of Wycheproof, and no other', () => {
    const suite = readVectors('wycheproof/x25519_test') as Suite<AgreementGroup>;
    const counts = { accepted: 0, nonCanonical: 0, lowOrder: 0 };
    for (const { tcId, flags, public: text, private: secret, shared } of suite.testGroups.flatMap(
      ({ tests }) => tests,
    )) {
      const key = fromHex(text);
      const nonCanonical = flags.includes('NonCanonicalPublic') || isNonCanonical(key);
      const lowOrder = /^0+$/.test(shared);
      const expected = nonCanonical ? 'non-canonical' : lowOrder ? 'low-order' : null;
      expect([tcId, crypto.checkX25519PublicKey(key)]).toEqual([tcId, expected]);
      if (expected === null) {
        counts.accepted++;
        // What the server lets through is what libsodium computes the right secret with.
        expect(toHex(sodium.crypto_scalarmult(fromHex(secret), key))).toBe(shared);
      } else if (nonCanonical) counts.nonCanonical++;
      else counts.lowOrder++;
    }
    expect(counts.accepted + counts.nonCanonical + counts.lowOrder).toBe(suite.numberOfTests);
    expect(counts.nonCanonical).toBeGreaterThanOrEqual(13);
    expect(counts.lowOrder).toBeGreaterThanOrEqual(5);
  });

  /** The server offers no XChaCha20-Poly1305: this is for the library, which clients bring in the same version. */
  it('XChaCha20-Poly1305: the installed libsodium opens what is valid and nothing else', () => {
    const suite = readVectors('wycheproof/xchacha20_poly1305_test') as Suite<AeadGroup>;
    const tests = suite.testGroups.flatMap((group) => group.tests);
    expect(tests).toHaveLength(suite.numberOfTests);
    for (const test of tests)
      expect([test.tcId, open(test)]).toEqual([test.tcId, test.result === 'valid' ? test.msg : null]);
    expect('crypto_aead_xchacha20poly1305_ietf_decrypt' in crypto).toBe(false);
  });
});

/** At least 2^255 − 19 as a little-endian number. */
function isNonCanonical(key: Uint8Array): boolean {
  return BigInt(`0x${toHex(key.toReversed())}`) >= 2n ** 255n - 19n;
}

function open(test: AeadGroup['tests'][number]): string | null {
  const nonce = fromHex(test.iv);
  if (nonce.length !== sodium.crypto_aead_xchacha20poly1305_ietf_NPUBBYTES) return null;
  try {
    const plaintext = sodium.crypto_aead_xchacha20poly1305_ietf_decrypt(
      null,
      fromHex(test.ct + test.tag),
      fromHex(test.aad),
      nonce,
      fromHex(test.key),
    );
    return toHex(plaintext);
  } catch {
    return null;
  }
}
