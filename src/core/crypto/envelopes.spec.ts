import { beforeAll, describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { decodeEnvelope, encodeEnvelope, LIMITS, MIN_BOX_CIPHERTEXT, type Envelope } from '@sealpost/protocol';
import { fromHex, readVectors } from '../../../test/support/vectors.js';
import type { CheckedEnvelope, EnvelopeInput, EnvelopeRecipient, EnvelopeRefusal } from './envelope-check.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

interface MessageVectors {
  readonly parties: Readonly<Record<'alice' | 'bob', { readonly userId: string; readonly keysHash: string }>>;
  readonly messages: readonly { readonly messageId: string; readonly conversationId: string; readonly blob: string }[];
}

interface BoxVectors {
  readonly messageId: string;
  readonly conversationId: string;
  readonly box: { readonly nonce: string; readonly ciphertext: string };
  readonly sealedBox: { readonly ciphertext: string };
}

type Input = Omit<EnvelopeInput, 'recipients'> & { readonly recipients: readonly EnvelopeRecipient[] };

const messages = readVectors('message') as MessageVectors;
const boxes = readVectors('box') as BoxVectors;
const partyOf = ({ userId, keysHash }: { userId: string; keysHash: string }): EnvelopeRecipient => ({
  userId,
  keysHash: fromHex(keysHash),
});
const alice = partyOf(messages.parties.alice);
const bob = partyOf(messages.parties.bob);
const carol: EnvelopeRecipient = { userId: '018f4e7e-7b7a-7c3e-9c5c-00000000000c', keysHash: new Uint8Array(32) };

const examples: readonly Input[] = messages.messages.map(({ messageId, conversationId, blob }) => ({
  id: messageId,
  conversationId,
  suite: 'sealpost-v1',
  ciphertext: fromHex(blob),
  recipients: [alice, bob],
}));
const example = examples[0] as Input;
const { conversationId, messageId: id } = boxes;
const box: Input = {
  id,
  conversationId,
  suite: 'box',
  ciphertext: fromHex(boxes.box.ciphertext),
  nonce: fromHex(boxes.box.nonce),
  recipients: [bob],
};
const sealedBox: Input = {
  id,
  conversationId,
  suite: 'sealed-box',
  ciphertext: fromHex(boxes.sealedBox.ciphertext),
  recipients: [bob],
};

let crypto: SodiumCryptoService;

beforeAll(async () => {
  crypto = await SodiumCryptoService.create();
});

const changed = (change: Partial<Envelope>): Uint8Array =>
  encodeEnvelope({ ...decodeEnvelope(example.ciphertext), ...change });

function expectRefusal(input: Input, refusal: EnvelopeRefusal): void {
  expect(crypto.verifyEnvelope(input)).toEqual(refusal);
}

describe('envelopes of sealpost-v1', () => {
  it.each(examples)('the check of envelopes accepts example %#, in any order of the stated recipients', (input) => {
    expect(crypto.verifyEnvelope(input)).toBeNull();
    expect(crypto.verifyEnvelope({ ...input, recipients: input.recipients.toReversed() })).toBeNull();
  });

  it('the check of envelopes refuses every truncation and every byte too many', () => {
    for (let length = 0; length < example.ciphertext.length; length++) {
      const refusal = crypto.verifyEnvelope({ ...example, ciphertext: example.ciphertext.subarray(0, length) });
      expect([length, refusal?.reason, refusal?.pointer]).toEqual([length, 'malformed', '/ciphertext']);
    }
    const ciphertext = Uint8Array.of(...example.ciphertext, 0);
    expectRefusal(
      { ...example, ciphertext },
      {
        pointer: '/ciphertext',
        member: 'ciphertext',
        reason: 'malformed',
        cause: 'trailing-bytes',
      },
    );
  });

  it('the check of envelopes refuses a change of any byte that it can judge, and sees nothing of what only recipients can', () => {
    const { nonce, commit, slots, body } = decodeEnvelope(example.ciphertext);
    const readable = example.ciphertext.length - 4 - body.length;
    const opaque = nonce.length + commit.length + slots.length * (1120 + 48);
    let accepted = 0;
    for (let index = 0; index < readable + 4; index++) {
      const ciphertext = example.ciphertext.map((byte, at) => (at === index ? byte ^ 0x01 : byte));
      if (crypto.verifyEnvelope({ ...example, ciphertext }) === null) accepted++;
    }
    expect(accepted).toBe(opaque);
  });

  it('the check of envelopes refuses another message, another conversation and another format', () => {
    expectRefusal(
      { ...example, id: '018f4e7e-7b7a-7c3e-9c5c-0000000000ff' },
      { pointer: '/ciphertext', member: 'messageId', reason: 'wrong-message-id' },
    );
    expectRefusal(
      { ...example, conversationId: '018f4e7e-7b7a-7c3e-9c5c-0000000000ff' },
      { pointer: '/ciphertext', member: 'conversationId', reason: 'wrong-conversation-id' },
    );
    for (const [at, member] of [
      [0, 'format'],
      [1, 'suite'],
    ] as const) {
      const ciphertext = example.ciphertext.map((byte, index) => (index === at ? 2 : byte));
      expectRefusal(
        { ...example, ciphertext },
        {
          pointer: '/ciphertext',
          member,
          reason: 'malformed',
          cause: 'wrong-format',
        },
      );
    }
  });

  it('the check of envelopes refuses a slot too few, a slot too many, and none', () => {
    const { slots } = decodeEnvelope(example.ciphertext);
    const count: EnvelopeRefusal = { pointer: '/ciphertext', member: 'slots', reason: 'wrong-slot-count' };
    expectRefusal({ ...example, recipients: [bob] }, count);
    expectRefusal({ ...example, recipients: [alice, bob, carol] }, count);
    expectRefusal({ ...example, ciphertext: changed({ slots: slots.slice(1) }) }, count);
    expectRefusal(
      { ...example, ciphertext: changed({ slots: [] }) },
      {
        pointer: '/ciphertext',
        member: 'slots',
        reason: 'malformed',
        cause: 'out-of-range',
      },
    );
  });

  it('the check of envelopes refuses slots for other keys, and slots in another order than that of the userIds', () => {
    const { slots } = decodeEnvelope(example.ciphertext);
    const wrong = (slot: number): EnvelopeRefusal => ({
      pointer: '/ciphertext',
      member: 'slots',
      reason: 'wrong-slot',
      slot,
    });
    expectRefusal({ ...example, ciphertext: changed({ slots: slots.toReversed() }) }, wrong(0));
    expectRefusal({ ...example, recipients: [alice, { ...bob, keysHash: alice.keysHash }] }, wrong(1));
    expectRefusal({ ...example, recipients: [carol, alice] }, wrong(1));
    // Only the first 16 bytes of a keysHash are in a slot.
    const sameBeginning = bob.keysHash.map((byte, index) => (index < 16 ? byte : 0));
    expect(crypto.verifyEnvelope({ ...example, recipients: [alice, { ...bob, keysHash: sameBeginning }] })).toBeNull();
  });

  it('the check of envelopes refuses recipients named twice, none, and more than 100', () => {
    expectRefusal(
      { ...example, recipients: [alice, alice] },
      {
        pointer: '/recipients/1/userId',
        reason: 'duplicate-recipient',
      },
    );
    const many = Array.from({ length: LIMITS.recipients + 1 }, (_, index) => ({
      ...bob,
      userId: `018f4e7e-7b7a-7c3e-9c5c-${String(index).padStart(12, '0')}`,
    }));
    const count: EnvelopeRefusal = { pointer: '/recipients', reason: 'wrong-recipient-count' };
    expectRefusal({ ...example, recipients: [] }, count);
    expectRefusal({ ...example, recipients: many }, count);
  });

  it('the check of envelopes accepts 100 recipients', () => {
    const [slot] = decodeEnvelope(example.ciphertext).slots;
    if (slot === undefined) throw new Error('The example has slots');
    const recipients = Array.from({ length: LIMITS.recipients }, (_, index) => ({
      userId: `018f4e7e-7b7a-7c3e-9c5c-${String(index).padStart(12, '0')}`,
      keysHash: sodium.randombytes_buf(32),
    }));
    const slots = recipients.map(({ keysHash }) => ({ ...slot, kid: keysHash.subarray(0, 16) }));
    expect(crypto.verifyEnvelope({ ...example, recipients, ciphertext: changed({ slots }) })).toBeNull();
  });

  it('the check of envelopes refuses a nonce beside the blob, and what is longer than the limit', () => {
    expectRefusal({ ...example, nonce: new Uint8Array(24) }, { pointer: '/nonce', reason: 'nonce-not-allowed' });
    const { slots, body, ...rest } = decodeEnvelope(example.ciphertext);
    const spare = LIMITS.ciphertextBytes - (example.ciphertext.length - body.length);
    const blobOf = (length: number): Uint8Array => encodeEnvelope({ ...rest, slots, body: new Uint8Array(length) });
    expect(crypto.verifyEnvelope({ ...example, ciphertext: blobOf(spare) })).toBeNull();
    expectRefusal({ ...example, ciphertext: blobOf(spare + 1) }, { pointer: '/ciphertext', reason: 'too-long' });
  });
});

describe('the plain libsodium suites', () => {
  it('the check of the plain suites accepts the examples', () => {
    expect(crypto.verifyEnvelope(box)).toBeNull();
    expect(crypto.verifyEnvelope(sealedBox)).toBeNull();
  });

  it('the check of the plain suites takes one recipient', () => {
    for (const input of [box, sealedBox]) {
      for (const recipients of [[], [alice, bob]]) {
        expectRefusal({ ...input, recipients }, { pointer: '/recipients', reason: 'wrong-recipient-count' });
      }
    }
  });

  it('the check of the plain suites takes a nonce of 24 bytes with a box, and none with a sealed box', () => {
    const { nonce, ...without } = box;
    expect(nonce).toHaveLength(24);
    expectRefusal(without, { pointer: '/nonce', reason: 'nonce-missing' });
    for (const length of [0, 12, 23, 25]) {
      expectRefusal({ ...box, nonce: new Uint8Array(length) }, { pointer: '/nonce', reason: 'nonce-length' });
    }
    expectRefusal({ ...sealedBox, nonce: new Uint8Array(24) }, { pointer: '/nonce', reason: 'nonce-not-allowed' });
  });

  it.each([box, sealedBox])(
    'the check of $suite refuses what is shorter than an empty content, and longer than the limit',
    (input) => {
      const least = MIN_BOX_CIPHERTEXT[input.suite as 'box' | 'sealed-box'];
      // The ephemeral key of the example stays in front.
      const ofLength = (length: number): Uint8Array => {
        const ciphertext = new Uint8Array(length);
        ciphertext.set(input.ciphertext.subarray(0, Math.min(length, input.ciphertext.length)));
        return ciphertext;
      };
      expect(crypto.verifyEnvelope({ ...input, ciphertext: ofLength(least) })).toBeNull();
      expect(crypto.verifyEnvelope({ ...input, ciphertext: ofLength(LIMITS.ciphertextBytes) })).toBeNull();
      for (const length of [0, 1, least - 1]) {
        expectRefusal({ ...input, ciphertext: ofLength(length) }, { pointer: '/ciphertext', reason: 'too-short' });
      }
      const ciphertext = ofLength(LIMITS.ciphertextBytes + 1);
      expectRefusal({ ...input, ciphertext }, { pointer: '/ciphertext', reason: 'too-long' });
    },
  );

  it('the check of the plain suites refuses sealed boxes whose ephemeral key is of low order or not canonical', () => {
    const withKey = (key: Uint8Array): Uint8Array => Uint8Array.of(...key, ...sealedBox.ciphertext.subarray(32));
    const refusal = { pointer: '/ciphertext', member: 'ephemeralPublicKey', reason: 'invalid-key' } as const;
    expectRefusal({ ...sealedBox, ciphertext: withKey(new Uint8Array(32)) }, { ...refusal, cause: 'low-order' });
    const prime = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xed : index === 31 ? 0x7f : 0xff));
    expectRefusal({ ...sealedBox, ciphertext: withKey(prime) }, { ...refusal, cause: 'non-canonical' });
    expectRefusal({ ...sealedBox, ciphertext: withKey(prime.fill(0xff)) }, { ...refusal, cause: 'non-canonical' });
  });
});

describe('an envelope whose recipients are looked up in between', () => {
  const checkedOf = (input: Input): CheckedEnvelope => {
    const verdict = crypto.checkEnvelopeForm(input);
    if (!verdict.ok) throw new Error(verdict.refusal.reason);
    return verdict.checked;
  };

  it('an envelope is held against the keys of all its recipients, once they are looked up', () => {
    const checked = checkedOf(example);
    expect(checked.suite).toBe('sealpost-v1');
    expect(crypto.checkEnvelopeSlots(checked, [bob, alice])).toBeNull();
    const tooFew = { pointer: '/ciphertext', member: 'slots', reason: 'wrong-slot-count' };
    for (const recipients of [[], [alice], [alice, bob, carol]]) {
      expect(crypto.checkEnvelopeSlots(checked, recipients)).toEqual(tooFew);
    }
  });

  it('an envelope is refused before its recipients are looked up where it has another number of slots', () => {
    expect(crypto.checkEnvelopeForm({ ...example, recipients: [alice] })).toEqual({
      ok: false,
      refusal: { pointer: '/ciphertext', member: 'slots', reason: 'wrong-slot-count' },
    });
  });

  it.each([box, sealedBox])('a message of suite $suite, which has no slots, is not held against keys', (input) => {
    expect(checkedOf(input)).toEqual({ suite: input.suite });
    expect(crypto.checkEnvelopeSlots(checkedOf(input), [])).toBeNull();
  });

  it('a box may begin with any bytes, as no key is there', () => {
    const ciphertext = Uint8Array.from(box.ciphertext, (byte, index) => (index < 32 ? 0 : byte));
    expect(crypto.verifyEnvelope({ ...box, ciphertext })).toBeNull();
  });

  it('the check of envelopes hides no mistake of the program: what is no refusal comes out', () => {
    const ciphertext = { length: 1 } as never;
    expect(() => crypto.verifyEnvelope({ ...example, ciphertext })).toThrow(TypeError);
  });
});
