import {
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hkdfSync,
  randomBytes,
  sign as nodeSign,
  verify as nodeVerify,
  type KeyObject,
} from 'node:crypto';

import { beforeAll, describe, expect, it } from '@jest/globals';
import { concat, decodeCommittedBlob, decodeInner, headerBytes, tag, uuidToBytes } from '@sealpost/protocol';

import { sealCommitted } from '../../packages/client/src/crypto/committed-aead.js';
import { hpkeOpen } from '../../packages/client/src/crypto/hpke.js';
import { sign, signingPublicKey, verifySignature } from '../../packages/client/src/crypto/primitives.js';
import { loadSodium, sodium } from '../../packages/client/src/crypto/sodium.js';
import { publicKeysOf } from '../../packages/client/src/crypto/user-keys.js';
import { rcptOf } from '../../packages/client/src/envelope/seal.js';
import { decodeEnvelope, decodeSignedMessage, slotInfoBytes } from '@sealpost/protocol';
import { Installation } from '../support/installations.js';
import { freshUuid, Party } from '../support/parties.js';
import { toHex } from '../support/vectors.js';

beforeAll(loadSodium);

/** PKCS #8 and SPKI around raw keys of RFC 8410. */
const privateKey = (oid: '6e' | '70', seed: Uint8Array): KeyObject =>
  createPrivateKey({
    key: Buffer.concat([Buffer.from(`302e020100300506032b65${oid}04220420`, 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
const publicKey = (oid: '6e' | '70', key: Uint8Array): KeyObject =>
  createPublicKey({
    key: Buffer.concat([Buffer.from(`302a300506032b65${oid}032100`, 'hex'), key]),
    format: 'der',
    type: 'spki',
  });

const hkdf = (secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, salt, info, 64));

/** HChaCha20 by hand and ChaCha20-Poly1305 of Node: XChaCha20-Poly1305 without libsodium. */
function openXChaCha(key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array, aad: Uint8Array): Buffer {
  const subKey = hChaCha20(key, nonce.subarray(0, 16));
  const iv = Buffer.concat([Buffer.alloc(4), nonce.subarray(16)]);
  const decipher = createDecipheriv('chacha20-poly1305', subKey, iv, { authTagLength: 16 });
  decipher.setAAD(aad, { plaintextLength: sealed.length - 16 });
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
}

const QUARTERS = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

function hChaCha20(key: Uint8Array, nonce: Uint8Array): Buffer {
  const input = Buffer.concat([Buffer.from('expand 32-byte k'), key, nonce]);
  const state = Uint32Array.from({ length: 16 }, (_, index) => input.readUInt32LE(index * 4));
  const word = (index: number): number => state[index] ?? 0;
  const mix = (a: number, b: number, d: number, rotation: number): void => {
    state[a] = word(a) + word(b);
    const mixed = word(d) ^ word(a);
    state[d] = (mixed << rotation) | (mixed >>> (32 - rotation));
  };
  for (let round = 0; round < 10; round++) {
    for (const [a, b, c, d] of QUARTERS) {
      mix(a, b, d, 16);
      mix(c, d, b, 12);
      mix(a, b, d, 8);
      mix(c, d, b, 7);
    }
  }
  const output = Buffer.alloc(32);
  for (const [index, from] of [0, 1, 2, 3, 12, 13, 14, 15].entries()) output.writeUInt32LE(word(from), index * 4);
  return output;
}

describe("Node's own cryptography", () => {
  it("Node's own cryptography makes the same signatures and public keys of a seed, and verifies them", () => {
    for (let round = 0; round < 20; round++) {
      const [seed, message] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(round * 7))];
      const theirs = new Uint8Array(nodeSign(null, message, privateKey('70', seed)));
      expect(toHex(sign(message, seed))).toBe(toHex(theirs));
      expect(nodeVerify(null, message, publicKey('70', signingPublicKey(seed)), sign(message, seed))).toBe(true);
      expect(verifySignature(theirs, message, signingPublicKey(seed))).toBe(true);
    }
  });

  it("Node's own cryptography agrees on the shared secret of two box keys", () => {
    const [alice, bob] = [new Party().keys(), new Party().keys()];
    const { privateKey: secret } = sodium().crypto_box_seed_keypair(alice.seeds.boxSeed);
    const theirs = diffieHellman({
      privateKey: privateKey('6e', secret),
      publicKey: publicKey('6e', bob.boxPublicKey),
    });
    expect(toHex(sodium().crypto_scalarmult(secret, bob.boxPublicKey))).toBe(toHex(theirs));
    expect(toHex(publicKeysOf(alice.seeds).boxPublicKey)).toBe(toHex(alice.boxPublicKey));
  });

  it("Node's own cryptography opens a committed blob", () => {
    const [key, header, plaintext] = [randomBytes(32), randomBytes(20), randomBytes(100)].map(
      (bytes) => new Uint8Array(bytes),
    ) as [Uint8Array, Uint8Array, Uint8Array];
    const blob = decodeCommittedBlob(sealCommitted({ key, label: 'vault/keys/v1', header }, plaintext), 'blob');
    const derived = hkdf(key, new Uint8Array(32), concat(tag('vault/keys/v1'), blob.nonce));
    expect(toHex(derived.subarray(32))).toBe(toHex(blob.commit));
    const opened = openXChaCha(derived.subarray(0, 32), blob.nonce, blob.ciphertext, concat(header, blob.commit));
    expect(toHex(opened)).toBe(toHex(plaintext));
  });

  it("Node's own cryptography opens the body of a message, given its content key, and verifies its signature", () => {
    const [alice, bob] = [new Party(), new Party()];
    const message = new Installation(alice).send(freshUuid(), [bob]);
    const envelope = decodeEnvelope(message.ciphertext);
    const [slot] = envelope.slots;
    if (slot === undefined) throw new Error('no slot');
    const info = slotInfoBytes(message.messageId, message.conversationId, rcptOf(bob.keys()));
    const contentKey = hpkeOpen(bob.keys().seeds.kemSeed, { enc: slot.enc, ciphertext: slot.wrappedKey }, info);
    const derived = hkdf(contentKey, uuidToBytes(message.messageId), concat(tag('body/v1'), envelope.nonce));
    expect(toHex(derived.subarray(32))).toBe(toHex(envelope.commit));
    const inner = openXChaCha(derived.subarray(0, 32), envelope.nonce, envelope.body, headerBytes(envelope));
    // Content type and content of a short text count 640 bytes; a length from 512 on is rounded to a multiple of 32.
    const unpadded = 64 + 4 + inner.readUInt32BE(64);
    const counted = unpadded - (2 + 'text/plain'.length + 4 + 'Hello'.length) + 640;
    expect(inner.length).toBe(Math.ceil(counted / 32) * 32);
    const { signature, tbs } = decodeInner(new Uint8Array(inner));
    expect(nodeVerify(null, tbs, publicKey('70', alice.keys().signingPublicKey), signature)).toBe(true);
    expect(decodeSignedMessage(tbs).content).toEqual(new TextEncoder().encode('Hello'));
  });
});
