import { beforeAll, describe, expect, it } from '@jest/globals';
import { Chacha20Poly1305 } from '@hpke/chacha20poly1305';
import { CipherSuite, HkdfSha256, KemId } from '@hpke/core';
import { XWing } from '@hpke/hybridkem-x-wing';
import { decodeEnvelope, slotInfoBytes } from '@sealpost/protocol';
import fc from 'fast-check';

import { hpkeOpen, hpkeSeal } from '../../packages/client/src/crypto/hpke.js';
import { loadSodium, sodium } from '../../packages/client/src/crypto/sodium.js';
import { openMessage } from '../../packages/client/src/envelope/open.js';
import { rcptOf } from '../../packages/client/src/envelope/seal.js';
import { Installation } from '../support/installations.js';
import { forgeMessage } from '../support/forgery.js';
import { anyBytes } from '../support/arbitraries.js';
import { freshUuid, Party } from '../support/parties.js';
import { vectors } from '../support/vector-files.js';
import { fromHex, toHex } from '../support/vectors.js';

/** Somebody else's HPKE, with somebody else's X-Wing, ML-KEM and ChaCha20-Poly1305. */
const suite = new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Chacha20Poly1305() });

const bufferOf = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;

async function theirOpen(
  kemSeed: Uint8Array,
  enc: Uint8Array,
  ciphertext: Uint8Array,
  info: Uint8Array,
): Promise<Uint8Array> {
  const recipientKey = await suite.kem.importKey('raw', bufferOf(kemSeed), false);
  const opened = await suite.open({ recipientKey, enc: bufferOf(enc), info: bufferOf(info) }, bufferOf(ciphertext));
  return new Uint8Array(opened);
}

async function theirSeal(
  publicKey: Uint8Array,
  info: Uint8Array,
  plaintext: Uint8Array,
): Promise<{ enc: Uint8Array; ciphertext: Uint8Array }> {
  const recipientPublicKey = await suite.kem.importKey('raw', bufferOf(publicKey), true);
  const sealed = await suite.seal({ recipientPublicKey, info: bufferOf(info) }, bufferOf(plaintext));
  return { enc: new Uint8Array(sealed.enc), ciphertext: new Uint8Array(sealed.ct) };
}

beforeAll(loadSodium);

describe('HPKE of an independent implementation', () => {
  it('HPKE of an independent implementation is that of the same suite', () => {
    expect([suite.kem.id, suite.kdf.id, suite.aead.id]).toEqual([KemId.XWing, 0x0001, 0x0003]);
    expect(suite.kem.id).toBe(0x647a);
  });

  it('HPKE of an independent implementation opens what the SDK seals, and the other way round', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyBytes(32),
        fc.uint8Array({ maxLength: 100 }),
        fc.uint8Array({ maxLength: 100 }),
        async (seed, info, plaintext) => {
          const { publicKey } = sodium().crypto_kem_xwing_seed_keypair(seed);
          const ours = hpkeSeal(publicKey, info, plaintext);
          expect(toHex(await theirOpen(seed, ours.enc, ours.ciphertext, info))).toBe(toHex(plaintext));
          expect(toHex(hpkeOpen(seed, await theirSeal(publicKey, info, plaintext), info))).toBe(toHex(plaintext));
        },
      ),
      { numRuns: 15 },
    );
  }, 120_000);

  it('HPKE of an independent implementation refuses another info, as the SDK does', async () => {
    const seed = new Uint8Array(32).fill(1);
    const { publicKey } = sodium().crypto_kem_xwing_seed_keypair(seed);
    const sealed = hpkeSeal(publicKey, Uint8Array.of(1), new Uint8Array(32));
    await expect(theirOpen(seed, sealed.enc, sealed.ciphertext, Uint8Array.of(2))).rejects.toThrow();
  });

  it('HPKE of an independent implementation opens the escrow unlock of the fixed example', async () => {
    const { escrow, vaultKey } = vectors.vault;
    const blob = fromHex(escrow.blob);
    const opened = await theirOpen(
      fromHex(escrow.escrowSeed),
      blob.slice(1, 1121),
      blob.slice(1121),
      fromHex(escrow.info),
    );
    expect(toHex(opened)).toBe(vaultKey);
  });

  it('HPKE of an independent implementation finds the content key in the slots of the fixed examples', async () => {
    const { alice, bob } = vectors.message.parties;
    for (const example of vectors.message.messages) {
      const { slots } = decodeEnvelope(fromHex(example.blob));
      for (const [index, { userId, keys, keysHash }] of [alice, bob].entries()) {
        const rcpt = { userId, keyVersion: keys.version, keysHash: fromHex(keysHash) };
        const info = slotInfoBytes(example.messageId, example.conversationId, rcpt);
        const slot = slots[index];
        if (slot === undefined) throw new Error('no slot');
        expect(toHex(await theirOpen(fromHex(keys.kemSeed), slot.enc, slot.wrappedKey, info))).toBe(example.cek);
      }
    }
  });
});

describe('A message', () => {
  it('a message whose slot the SDK made opens with the independent implementation', async () => {
    const [alice, bob] = [new Party(), new Party()];
    const message = new Installation(alice).send(freshUuid(), [bob]);
    const [slot] = decodeEnvelope(message.ciphertext).slots;
    if (slot === undefined) throw new Error('no slot');
    const info = slotInfoBytes(message.messageId, message.conversationId, rcptOf(bob.keys()));
    const contentKey = await theirOpen(bob.keys().seeds.kemSeed, slot.enc, slot.wrappedKey, info);
    expect(contentKey).toHaveLength(32);
  });

  it('a message whose slot the independent implementation made opens with the SDK', async () => {
    const [alice, bob] = [new Party(), new Party()];
    const message = forgeMessage({ sender: alice.keys(), recipients: [bob.keys()] });
    const [slot] = decodeEnvelope(message.ciphertext).slots;
    if (slot === undefined) throw new Error('no slot');
    const info = slotInfoBytes(message.messageId, message.conversationId, rcptOf(bob.keys()));
    const { kemSeed } = bob.keys().seeds;
    const contentKey = hpkeOpen(kemSeed, { enc: slot.enc, ciphertext: slot.wrappedKey }, info);
    const theirs = await theirSeal(bob.keys().kemPublicKey, info, contentKey);
    const ciphertext = message.ciphertext.slice();
    const slotAt = 92 + 16;
    ciphertext.set(theirs.enc, slotAt + 2);
    ciphertext.set(theirs.ciphertext, slotAt + 2 + 1120);
    expect(toHex(ciphertext)).not.toBe(toHex(message.ciphertext));
    expect(openMessage({ ...message, ciphertext }, bob.opening(alice)).content).toEqual(Uint8Array.of(1, 2, 3));
  });
});
