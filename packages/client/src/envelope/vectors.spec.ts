import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeSignedMessage, type VerifiedStatement } from '@sealpost/protocol';

import { vectors, type PartyVector } from '../../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../../test/support/vectors.js';
import type { KeyChain } from '../trust/chain.js';
import { loadSodium } from '../crypto/sodium.js';
import { openMessage } from './open.js';
import { rcptOf, sealBox, sealSigned } from './seal.js';
import type { DeliveredMessage, OpenContext, OwnKeyPair, SignedSealRequest } from './types.js';

beforeAll(loadSodium);

const { parties, messages } = vectors.message;
const alice = ownKeys(parties.alice);
const bob = ownKeys(parties.bob);

function ownKeys({ userId, keys, keysHash }: PartyVector): OwnKeyPair {
  return {
    userId,
    version: keys.version,
    keysHash: fromHex(keysHash),
    signingPublicKey: fromHex(keys.signingPublicKey),
    boxPublicKey: fromHex(keys.boxPublicKey),
    kemPublicKey: fromHex(keys.kemPublicKey),
    seeds: { signSeed: fromHex(keys.signSeed), boxSeed: fromHex(keys.boxSeed), kemSeed: fromHex(keys.kemSeed) },
  };
}

/** The examples of messages come with keys, not with whole chains: a chain that has nothing but these keys in their place. */
function chainWith(keys: OwnKeyPair): KeyChain {
  const statement: VerifiedStatement = {
    ...keys,
    serviceId: 'msg.example',
    createdAt: 0,
    recovery: false,
    earlierKeysCompromised: false,
    previousKeysHash: new Uint8Array(32),
    entries: [],
    statement: new Uint8Array(0),
    signature: new Uint8Array(64),
  };
  const statements = Array.from({ length: keys.version }, () => statement);
  return { serviceId: 'msg.example', userId: keys.userId, statements, acceptedRoot: 1 };
}

function opening(own: OwnKeyPair): OpenContext {
  return {
    ownChain: chainWith(own),
    ownKeys: (version) => (version === own.version ? own : undefined),
    newestOwnVersion: own.version,
    senderChain: chainWith(alice),
  };
}

describe.each(messages)('The fixed example of message $seq', (example) => {
  const request: SignedSealRequest = {
    suite: 'sealpost-v1',
    messageId: example.messageId,
    conversationId: example.conversationId,
    sender: alice,
    recipients: [bob, alice],
    contentType: example.contentType,
    content: fromHex(example.content),
    sentAt: example.sentAt,
    position: {
      streamId: example.streamId,
      seq: example.seq,
      prevHash: fromHex(example.prevHash),
      dependencies: example.deps.map((dep) => ({ ...dep, hash: fromHex(dep.hash) })),
    },
  };
  const message: DeliveredMessage = {
    messageId: example.messageId,
    conversationId: example.conversationId,
    suite: 'sealpost-v1',
    senderId: alice.userId,
    senderKeyVersion: 2,
    recipients: [
      { userId: bob.userId, keyVersion: 1 },
      { userId: alice.userId, keyVersion: 2 },
    ],
    ciphertext: fromHex(example.blob),
  };

  it('the fixed example of a message is what sealing makes of the same random bytes', () => {
    const sealed = sealSigned(request, {
      contentKey: fromHex(example.cek),
      nonce: fromHex(example.nonce),
      kemSeeds: example.kemSeeds.map(fromHex),
    });
    expect(toHex(sealed.ciphertext)).toBe(example.blob);
    expect(toHex(sealed.hash)).toBe(example.hash);
  });

  it.each([
    ['Alice', alice],
    ['Bob', bob],
  ])('the fixed example of a message opens for %s', (_name, own) => {
    const opened = openMessage(message, opening(own));
    expect(opened).toMatchObject({
      content: request.content,
      contentType: request.contentType,
      sentAt: request.sentAt,
      position: request.position,
      hash: fromHex(example.hash),
      sender: rcptOf(alice),
    });
    if (opened.suite !== 'sealpost-v1') throw new Error('another suite');
    const { position, ...rest } = opened;
    expect(toHex(encodeSignedMessage({ ...rest, ...position, commit: fromHex(example.blob).slice(58, 90) }))).toBe(
      example.tbs,
    );
  });

  it('the fixed example of a message refuses a change of its header, its own slot and its body', () => {
    const blob = fromHex(example.blob);
    const otherSlot = { first: 92, last: 92 + 16 + 2 + 1120 + 48 };
    for (let byte = 0; byte < blob.length; byte++) {
      // Alice's slot comes first. What is changed in it only Alice can see; its kid is checked by everybody.
      if (byte >= otherSlot.first + 18 && byte < otherSlot.last) continue;
      // One encapsulation costs as much as all the rest of a message: every eighth byte of it will do.
      if (byte >= otherSlot.last + 18 && byte < otherSlot.last + 18 + 1120 && byte % 8 !== 0) continue;
      const changed = blob.slice();
      changed[byte] = (changed[byte] ?? 0) ^ (1 << ((byte >> 3) % 8));
      expect(() => openMessage({ ...message, ciphertext: changed }, opening(bob))).toThrow(
        expect.objectContaining({ name: 'MessageRefused' }),
      );
    }
  });
});

describe('The fixed examples of padding', () => {
  it.each(vectors.message.refusedPadding)('the fixed examples of padding are refused: $flaw', ({ blob }) => {
    const [example] = messages;
    if (example === undefined) throw new Error('no example');
    const delivered: DeliveredMessage = {
      messageId: example.messageId,
      conversationId: example.conversationId,
      suite: 'sealpost-v1',
      senderId: alice.userId,
      senderKeyVersion: 2,
      recipients: [
        { userId: bob.userId, keyVersion: 1 },
        { userId: alice.userId, keyVersion: 2 },
      ],
      ciphertext: fromHex(blob),
    };
    expect(() => openMessage(delivered, opening(bob))).toThrow(
      expect.objectContaining({ code: 'message.wrong-padding' }),
    );
  });
});

describe('The plain suites', () => {
  const { box, sealedBox, messageId, conversationId, contentType, content } = vectors.box;
  const message = {
    messageId,
    conversationId,
    senderId: alice.userId,
    senderKeyVersion: 2,
    recipients: [{ userId: bob.userId, keyVersion: 1 }],
  };

  it('the fixed examples of the plain suites are what sealing makes of the same nonce', () => {
    const request = { messageId, conversationId, sender: alice, contentType, content: fromHex(content) };
    const sealed = sealBox({ ...request, suite: 'box', recipients: [bob] }, fromHex(box.nonce));
    expect(toHex(sealed.ciphertext)).toBe(box.ciphertext);
    expect(toHex(sealed.nonce ?? new Uint8Array(0))).toBe(box.nonce);
  });

  it.each<[string, DeliveredMessage]>([
    ['box', { ...message, suite: 'box', ciphertext: fromHex(box.ciphertext), nonce: fromHex(box.nonce) }],
    ['sealed-box', { ...message, suite: 'sealed-box', ciphertext: fromHex(sealedBox.ciphertext) }],
  ])(
    'the fixed examples of the plain suites open for Bob (%s), and refuse the change of any bit',
    (_suite, example) => {
      expect(openMessage(example, opening(bob))).toMatchObject({ contentType, content: fromHex(content) });
      for (let bit = 0; bit < example.ciphertext.length * 8; bit++) {
        const ciphertext = example.ciphertext.slice();
        ciphertext[bit >> 3] = (ciphertext[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => openMessage({ ...example, ciphertext }, opening(bob))).toThrow(
          expect.objectContaining({ code: 'message.cannot-decrypt' }),
        );
      }
    },
  );
});
