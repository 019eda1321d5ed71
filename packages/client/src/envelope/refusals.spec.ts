import { beforeAll, describe, expect, it } from '@jest/globals';
import { LENGTHS, padmeLength, type Envelope } from '@sealpost/protocol';

import { forgeMessage, padFurther } from '../../../../test/support/forgery.js';
import { freshUuid, Party } from '../../../../test/support/parties.js';
import { loadSodium } from '../crypto/sodium.js';
import type { MessageRefusalReason } from './message-refused.js';
import { openMessage } from './open.js';
import { rcptOf } from './seal.js';
import type { DeliveredMessage, OpenContext } from './types.js';

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

/** To Bob and Carol, by Alice, unless changed. */
function forge(change: Omit<Partial<Parameters<typeof forgeMessage>[0]>, 'sender'> = {}): DeliveredMessage {
  return forgeMessage({ sender: alice.keys(), recipients: [bob.keys(), carol.keys()], ...change });
}

const someHash = new Uint8Array(LENGTHS.hash).fill(9);

describe('A signed message', () => {
  it('a signed message opens where nothing is forged', () => {
    expect(openMessage(forge(), bob.opening(alice)).content).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('a signed message is refused where its bytes are no envelope, or where something follows', () => {
    const message = forge();
    for (let length = 0; length < message.ciphertext.length; length += 97) {
      expectRefusal({ ...message, ciphertext: message.ciphertext.slice(0, length) }, 'malformed');
    }
    expectRefusal({ ...message, ciphertext: Uint8Array.of(...message.ciphertext, 0) }, 'malformed');
  });

  it('a signed message is refused where another message or conversation was delivered than the envelope says', () => {
    const message = forge();
    expectRefusal({ ...message, messageId: freshUuid() }, 'wrong-context');
    expectRefusal({ ...message, conversationId: freshUuid() }, 'wrong-context');
  });

  it('a signed message is refused where the signature covers another message or conversation than the envelope', () => {
    expectRefusal(forge({ signed: { messageId: freshUuid() } }), 'wrong-context');
    expectRefusal(forge({ signed: { conversationId: freshUuid() } }), 'wrong-context');
  });

  it('a signed message is refused where it commits to another key than its slot holds', () => {
    expectRefusal(forge({ envelope: (envelope) => ({ ...envelope, commit: someHash }) }), 'wrong-commit');
    expectRefusal(forge({ signed: { commit: someHash } }), 'wrong-commit');
  });

  it('a signed message is refused where slot or body were changed', () => {
    const flipped = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 5 ? byte ^ 1 : byte));
    expectRefusal(forge({ envelope: (all) => ({ ...all, body: flipped(all.body) }) }), 'cannot-decrypt');
    const slots = {
      envelope: (all: Envelope) => ({
        ...all,
        slots: all.slots.map((slot) => ({ ...slot, wrappedKey: flipped(slot.wrappedKey) })),
      }),
    };
    expectRefusal(forge(slots), 'cannot-decrypt');
  });

  it('a signed message is refused where a slot was made for another key version, under this one’s name', () => {
    const old = { ...bob.keys(), kemPublicKey: bob.keys(1).kemPublicKey };
    expectRefusal(forge({ recipients: [old, carol.keys()] }), 'cannot-decrypt');
  });

  it('a signed message is refused where its signature is by another key', () => {
    expectRefusal(forge({ signSeed: carol.keys().seeds.signSeed }), 'wrong-signature');
    expectRefusal(forge({ signSeed: alice.keys(1).seeds.signSeed }), 'wrong-signature');
  });

  it('a signed message is refused where a bit of what is signed was changed after signing', () => {
    const inner = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 64 + 4 + 20 ? byte ^ 1 : byte));
    expect(() => openMessage(forge({ inner }), bob.opening(alice))).toThrow(
      expect.objectContaining({ name: 'MessageRefused' }),
    );
  });

  it('a signed message is refused where the padding is longer or shorter than it must be, or not zero', () => {
    expectRefusal(forge({ inner: (inner) => padFurther(inner, 1) }), 'wrong-padding');
    // Seals like a client that does not hide how short a content is.
    const bare = (inner: Uint8Array): Uint8Array =>
      inner.slice(0, padmeLength(68 + new DataView(inner.buffer).getUint32(64)));
    expectRefusal(forge({ inner: bare }), 'wrong-padding');
    expectRefusal(forge({ inner: (inner) => inner.slice(0, -1) }), 'wrong-padding');
    expectRefusal(
      forge({ inner: (inner) => inner.map((byte, index) => (index === inner.length - 1 ? 1 : byte)) }),
      'wrong-padding',
    );
  });

  it('a signed message is refused where what is encrypted is no signed message', () => {
    expectRefusal(forge({ inner: () => new Uint8Array(10) }), 'malformed');
    expectRefusal(forge({ inner: () => new Uint8Array(1024) }), 'malformed');
  });

  it('a signed message is refused where the sender’s verified chain does not contain the key that it names', () => {
    const future = { ...alice.keys(), version: 3 };
    expectRefusal(forgeMessage({ sender: future, recipients: [bob.keys()] }), 'unknown-sender-key');
    const other = { ...alice.keys(), keysHash: someHash };
    expectRefusal(forgeMessage({ sender: other, recipients: [bob.keys()] }), 'unknown-sender-key');
  });

  it('a signed message is refused where another sender, or another version, was delivered than signed', () => {
    expectRefusal(
      forge({ delivered: { senderId: carol.userId, senderKeyVersion: 1 } }),
      'wrong-context',
      bob.opening(carol),
    );
    expectRefusal(forge({ delivered: { senderKeyVersion: 1 } }), 'wrong-context');
  });

  it('a signed message is refused where its recipients, signed or delivered, lack this one', () => {
    const toCarol = [{ userId: carol.userId, keyVersion: 1 }];
    expectRefusal(forge({ delivered: { recipients: toCarol } }), 'recipients-lack-own');
    const signed = { recipients: [rcptOf(carol.keys())] };
    expectRefusal(forge({ signed, delivered: {} }), 'recipients-lack-own');
    const old = [{ ...rcptOf(bob.keys()), keysHash: someHash }, rcptOf(carol.keys())];
    const recipients = old.sort((a, b) => (a.userId < b.userId ? -1 : 1));
    expectRefusal(forge({ signed: { recipients } }), 'recipients-lack-own');
  });

  it('a signed message is refused where the delivered recipients are not the signed ones', () => {
    const all = forge().recipients;
    const toBob = all.filter(({ userId }) => userId === bob.userId);
    const dave = { userId: freshUuid(), keyVersion: 1 };
    expectRefusal(forge({ delivered: { recipients: toBob } }), 'recipients-differ');
    expectRefusal(forge({ delivered: { recipients: [...all, dave] } }), 'recipients-differ');
    expectRefusal(forge({ delivered: { recipients: [...toBob, dave] } }), 'recipients-differ');
    expectRefusal(
      forge({ delivered: { recipients: [...toBob, { userId: carol.userId, keyVersion: 2 }] } }),
      'recipients-differ',
    );
    expectRefusal(forge({ delivered: { recipients: [...toBob, ...toBob] } }), 'recipients-differ');
  });

  it('a signed message opens whatever the order of the delivered recipients', () => {
    const message = forge();
    const reversed = { ...message, recipients: message.recipients.toReversed() };
    expect(openMessage(reversed, bob.opening(alice)).content).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('a signed message is refused where the slots are not those of the signed recipients', () => {
    const own = bob.keys().keysHash.slice(0, LENGTHS.kid).join();
    const isOwn = ({ kid }: { kid: Uint8Array }) => kid.join() === own;
    expectRefusal(forge({ envelope: (all) => ({ ...all, slots: all.slots.filter(isOwn) }) }), 'recipients-slots');
    expectRefusal(
      forge({ envelope: (all) => ({ ...all, slots: all.slots.filter((slot) => !isOwn(slot)) }) }),
      'recipients-slots',
    );
    expectRefusal(
      forge({ envelope: (all) => ({ ...all, slots: [...all.slots, ...all.slots.slice(0, 1)] }) }),
      'recipients-slots',
    );
    expectRefusal(forge({ envelope: (all) => ({ ...all, slots: all.slots.toReversed() }) }), 'recipients-slots');
    const renamed = (slot: { kid: Uint8Array; enc: Uint8Array; wrappedKey: Uint8Array }) =>
      isOwn(slot) ? slot : { ...slot, kid: new Uint8Array(LENGTHS.kid) };
    expectRefusal(forge({ envelope: (all) => ({ ...all, slots: all.slots.map(renamed) }) }), 'recipients-slots');
  });

  it('a signed message is refused where it names a key version of one’s own that the vault does not hold', () => {
    const context: OpenContext = { ...bob.opening(alice), ownKeys: () => undefined };
    expectRefusal(forge(), 'unknown-own-key', context);
  });

  it('a signed message shows a rollback of the vault where an own message names newer keys than it holds', () => {
    const context: OpenContext = { ...alice.opening(alice), newestOwnVersion: 1 };
    expectRefusal(forge({ recipients: [alice.keys(), bob.keys()] }), 'vault-rollback', context);
  });

  it('a signed message does not open with a chain that is not the sender’s', () => {
    expect(() => openMessage(forge(), bob.opening(carol))).toThrow("senderChain is not the sender's");
  });
});

describe('A message under compromised keys', () => {
  it('a message under keys that were declared compromised since is refused, unless this client has accepted it before', () => {
    const mallory = new Party();
    const message = forgeMessage({ sender: mallory.keys(), recipients: [bob.keys()] });
    mallory.rotate();
    expect(openMessage(message, bob.opening(mallory)).content).toHaveLength(3);
    mallory.rotate({ earlierKeysCompromised: true }).rotate();
    expectRefusal(message, 'compromised-key', bob.opening(mallory));
    const again = { ...bob.opening(mallory), acceptedBefore: true };
    expect(openMessage(message, again).content).toHaveLength(3);
    const later = forgeMessage({ sender: mallory.keys(3), recipients: [bob.keys()] });
    expect(openMessage(later, bob.opening(mallory)).content).toHaveLength(3);
  });
});
