import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import type { AuthAction } from '@sealpost/protocol';
import { fromHex, readVectors, toHex } from '../../../test/support/vectors.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

interface AuthVectors {
  readonly challenge: string;
  readonly proofs: readonly {
    readonly action: AuthAction;
    readonly authSeed: string;
    readonly payloadHash: string;
    readonly signature: string;
    readonly newAuth: readonly { readonly authSeed: string; readonly signature: string }[];
  }[];
}

const vectors = readVectors('auth') as AuthVectors;
const challenge = fromHex(vectors.challenge);
const SERVICE = { serviceId: 'msg.example', loginId: 'alice@example.org' };

let crypto: SodiumCryptoService;

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
});

const publicKeyOf = (seed: string): Uint8Array => sodium.crypto_sign_seed_keypair(fromHex(seed)).publicKey;

/** Each byte string that differs from `bytes` in one bit, has its last byte cut off, or has one too many. */
function* mutationsOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let index = 0; index < bytes.length; index++) {
    yield bytes.map((byte, at) => (at === index ? byte ^ (1 << (index % 8)) : byte));
  }
  yield bytes.subarray(0, -1);
  yield Uint8Array.of(...bytes, 0);
}

describe('proofs of an auth key', () => {
  it.each(vectors.proofs)(
    'the check of proofs accepts the example of $action, and nothing that differs from it',
    (example) => {
      const proof = { ...SERVICE, action: example.action, challenge, payloadHash: fromHex(example.payloadHash) };
      const publicKey = publicKeyOf(example.authSeed);
      const signature = fromHex(example.signature);
      expect(crypto.verifyAuthProof(proof, publicKey, signature)).toBe(true);

      const others: AuthAction[] = ['login', 'register', 'recover', 'rekey'];
      for (const action of others.filter((other) => other !== example.action)) {
        expect(crypto.verifyAuthProof({ ...proof, action }, publicKey, signature)).toBe(false);
      }
      expect(crypto.verifyAuthProof({ ...proof, serviceId: 'other.example' }, publicKey, signature)).toBe(false);
      expect(crypto.verifyAuthProof({ ...proof, loginId: 'bob@example.org' }, publicKey, signature)).toBe(false);
      for (const wrong of mutationsOf(signature)) {
        expect(crypto.verifyAuthProof(proof, publicKey, wrong)).toBe(false);
      }
      for (const wrong of mutationsOf(challenge)) {
        expect(crypto.verifyAuthProof({ ...proof, challenge: wrong }, publicKey, signature)).toBe(false);
      }
      for (const wrong of mutationsOf(proof.payloadHash)) {
        expect(crypto.verifyAuthProof({ ...proof, payloadHash: wrong }, publicKey, signature)).toBe(false);
      }
    },
  );

  it.each(vectors.proofs.filter(({ newAuth }) => newAuth.length > 0))(
    "the check of proofs accepts the new keys' own signatures of $action, each for its own key only",
    ({ newAuth, payloadHash }) => {
      const payload = fromHex(payloadHash);
      for (const { authSeed, signature } of newAuth) {
        const publicKey = publicKeyOf(authSeed);
        expect(crypto.verifyNewAuthKey(publicKey, challenge, payload, fromHex(signature))).toBe(true);
        for (const wrong of mutationsOf(fromHex(signature))) {
          expect(crypto.verifyNewAuthKey(publicKey, challenge, payload, wrong)).toBe(false);
        }
        const other = publicKeyOf('00'.repeat(32));
        expect(crypto.verifyNewAuthKey(other, challenge, payload, fromHex(signature))).toBe(false);
        expect(crypto.verifyNewAuthKey(publicKey, challenge.subarray(1), payload, fromHex(signature))).toBe(false);
        expect(crypto.verifyNewAuthKey(publicKey.subarray(1), challenge, payload, fromHex(signature))).toBe(false);
      }
    },
  );
});

describe('canonical base64url', () => {
  it('canonical base64url decodes what it encodes, at every length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = sodium.randombytes_buf(length);
      const text = sodium.to_base64(bytes, sodium.base64_variants.URLSAFE_NO_PADDING);
      expect(toHex(crypto.decodeBase64Url(text) ?? new Uint8Array(1))).toBe(toHex(bytes));
    }
  });

  it('canonical base64url agrees with libsodium on every text of up to three characters of a tricky alphabet', () => {
    const alphabet = ['A', 'B', 'Q', 'g', 'w', '-', '_', '+', '/', '=', ' ', '\n', '.', 'é', '\0'];
    const texts = [''];
    for (let from = 0, length = 1; length <= 3; length++) {
      const to = texts.length;
      for (const prefix of texts.slice(from, to)) texts.push(...alphabet.map((letter) => prefix + letter));
      from = to;
    }
    for (const text of texts) {
      let expected: string | null;
      try {
        expected = toHex(sodium.from_base64(text, sodium.base64_variants.URLSAFE_NO_PADDING));
      } catch {
        expected = null;
      }
      const decoded = crypto.decodeBase64Url(text);
      expect([text, decoded === null ? null : toHex(decoded)]).toEqual([text, expected]);
    }
  });
});

describe('equality', () => {
  it('the comparison of secrets compares all bytes, and lengths', () => {
    const bytes = sodium.randombytes_buf(32);
    expect(crypto.equal(bytes, Uint8Array.from(bytes))).toBe(true);
    for (const wrong of mutationsOf(bytes)) expect(crypto.equal(bytes, wrong)).toBe(false);
    expect(crypto.equal(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
});

describe('the CryptoService', () => {
  it('the CryptoService has no method that opens, signs, or makes or derives a key', () => {
    const methods = Object.getOwnPropertyNames(SodiumCryptoService.prototype);
    expect(
      methods.filter((name) => !/^(constructor|sha256|hmacSha256|equal|decodeBase64Url|check|verify)/.test(name)),
    ).toEqual([]);
    expect(Object.keys(crypto)).toEqual([]);
  });
});
