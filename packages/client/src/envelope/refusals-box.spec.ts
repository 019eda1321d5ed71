import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBoxMessage, LENGTHS, utf8, type BoxMessage, type BoxSuite } from '@sealpost/protocol';

import { freshUuid, Party } from '../../../../test/support/parties.js';
import { boxSeal, sealedBoxSeal } from '../crypto/box.js';
import { randomBytes } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import type { MessageRefusalReason } from './message-refused.js';
import { openMessage } from './open.js';
import { rcptOf } from './seal.js';
import type { DeliveredMessage } from './types.js';

let alice: Party;
let bob: Party;
let carol: Party;

beforeAll(async () => {
  await loadSodium();
  alice = new Party().rotate();
  bob = new Party().rotate();
  carol = new Party();
});

function expectRefusal(message: DeliveredMessage, reason: MessageRefusalReason, context = bob.opening(alice)): void {
  expect(() => openMessage(message, context)).toThrow(
    expect.objectContaining({
      name: 'MessageRefused',
      reason,
      messageId: message.messageId,
      conversationId: message.conversationId,
      senderId: message.senderId,
    }),
  );
}

const someHash = new Uint8Array(LENGTHS.hash).fill(9);

describe.each<BoxSuite>(['box', 'sealed-box'])('A message of suite %s', (suite) => {
  /** A plaintext with whatever inside, from Alice to Bob. */
  function forgeBox(inside: Partial<BoxMessage> = {}, change: Partial<DeliveredMessage> = {}): DeliveredMessage {
    const ids = { messageId: freshUuid(), conversationId: freshUuid() };
    const plaintext = encodeBoxMessage({
      suite,
      ...ids,
      sender: rcptOf(alice.keys()),
      recipient: rcptOf(bob.keys()),
      contentType: 'text/plain',
      content: utf8('Hello'),
      ...inside,
    });
    return { ...ids, ...sealed(plaintext), ...change };
  }

  function sealed(plaintext: Uint8Array): Omit<DeliveredMessage, 'messageId' | 'conversationId'> {
    const nonce = randomBytes(LENGTHS.nonce);
    const parties = {
      suite,
      senderId: alice.userId,
      senderKeyVersion: 2,
      recipients: [{ userId: bob.userId, keyVersion: 2 }],
    };
    if (suite === 'sealed-box') return { ...parties, ciphertext: sealedBoxSeal(bob.keys().boxPublicKey, plaintext) };
    const ciphertext = boxSeal(alice.keys().seeds.boxSeed, bob.keys().boxPublicKey, nonce, plaintext);
    return { ...parties, ciphertext, nonce };
  }

  it('a message of a plain suite opens where nothing is forged', () => {
    expect(openMessage(forgeBox(), bob.opening(alice)).content).toEqual(utf8('Hello'));
  });

  it.each<[string, () => Partial<BoxMessage>, MessageRefusalReason]>([
    ['another suite', () => ({ suite: suite === 'box' ? 'sealed-box' : 'box' }), 'malformed'],
    ['another message', () => ({ messageId: freshUuid() }), 'wrong-context'],
    ['another conversation', () => ({ conversationId: freshUuid() }), 'wrong-context'],
    ['another sender', () => ({ sender: rcptOf(carol.keys()) }), 'wrong-context'],
    ['another version of the sender', () => ({ sender: rcptOf(alice.keys(1)) }), 'wrong-context'],
    [
      'other keys of the sender',
      () => ({ sender: { ...rcptOf(alice.keys()), keysHash: someHash } }),
      'unknown-sender-key',
    ],
    ['another recipient', () => ({ recipient: rcptOf(carol.keys()) }), 'recipients-lack-own'],
    ['another version of the recipient', () => ({ recipient: rcptOf(bob.keys(1)) }), 'recipients-lack-own'],
    [
      'other keys of the recipient',
      () => ({ recipient: { ...rcptOf(bob.keys()), keysHash: someHash } }),
      'recipients-lack-own',
    ],
  ])('a message of a plain suite is refused with %s inside', (_what, inside, code) => {
    expectRefusal(forgeBox(inside()), code);
  });

  it('a message of a plain suite is refused where it was changed, cut, or encrypted to other keys', () => {
    const message = forgeBox();
    expectRefusal(
      { ...message, ciphertext: message.ciphertext.map((byte, index) => (index === 60 ? byte ^ 1 : byte)) },
      'cannot-decrypt',
    );
    expectRefusal({ ...message, ciphertext: message.ciphertext.slice(0, 10) }, 'cannot-decrypt');
    expectRefusal({ ...message, recipients: [{ userId: bob.userId, keyVersion: 1 }] }, 'cannot-decrypt');
  });

  it('a message of a plain suite is refused with a nonce that its suite does not have', () => {
    const { ciphertext, ...message } = forgeBox();
    const nonces = suite === 'box' ? [new Uint8Array(23), new Uint8Array(0)] : [new Uint8Array(24)];
    for (const nonce of nonces) expectRefusal({ ...message, ciphertext, nonce }, 'malformed');
  });

  it('a message of a plain suite is refused for more than one recipient, or none that is this one', () => {
    const [own, other] = [
      { userId: bob.userId, keyVersion: 2 },
      { userId: carol.userId, keyVersion: 1 },
    ];
    expectRefusal(forgeBox({}, { recipients: [own, other] }), 'recipients-differ');
    expectRefusal(forgeBox({}, { recipients: [other] }), 'recipients-lack-own');
  });

  it('a message of a plain suite is refused where the recipient’s key was declared compromised: its holder can write as anybody', () => {
    const message = forgeBox();
    const before = bob.opening(alice);
    const rotated = new Party();
    expect(openMessage(message, before).content).toEqual(utf8('Hello'));
    const ownChain = {
      ...before.ownChain,
      statements: [...before.ownChain.statements, { ...rotated.keys(), version: 3, earlierKeysCompromised: true }],
    };
    expectRefusal(message, 'compromised-key', { ...before, ownChain });
    expect(openMessage(message, { ...before, ownChain, acceptedBefore: true }).content).toEqual(utf8('Hello'));
  });
});
