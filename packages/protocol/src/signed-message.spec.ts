import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyBytes, anyContentType, anyRcpt, anyU64, anyUuid, anyUuidV7 } from '../../../test/support/arbitraries.js';
import { expectExactDecoder } from '../../../test/support/exact-decoder.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { compareBytes } from './bytes.js';
import { encodeRcpt } from './key-statement.js';
import {
  decodeInner,
  decodeSignedMessage,
  encodeInner,
  encodeSignedMessage,
  innerLength,
  padmeLength,
  type SignedMessage,
} from './signed-message.js';

const { messages, parties } = vectors.message;
const refusal = (reason: string, field: string) => expect.objectContaining({ name: 'ProtocolError', reason, field });

const anyPlace = fc.oneof(
  fc.constant({ seq: 1, prevHash: new Uint8Array(32) }),
  fc
    .record({ seq: fc.integer({ min: 2, max: Number.MAX_SAFE_INTEGER }), prevHash: anyBytes(32) })
    .filter(({ prevHash }) => prevHash.some((byte) => byte !== 0)),
);

const anyMessage: fc.Arbitrary<SignedMessage> = fc
  .record({
    messageId: anyUuidV7,
    conversationId: anyUuid,
    sender: anyRcpt,
    streamId: anyUuid,
    place: anyPlace,
    dependencies: fc.uniqueArray(fc.record({ streamId: anyUuid, seq: anyU64, hash: anyBytes(32) }), {
      selector: ({ streamId }) => streamId,
      maxLength: 16,
    }),
    sentAt: anyU64,
    recipients: fc.uniqueArray(anyRcpt, { selector: ({ userId }) => userId, minLength: 1, maxLength: 20 }),
    commit: anyBytes(32),
    contentType: anyContentType,
    content: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ place, ...message }) => ({
    ...message,
    ...place,
    dependencies: message.dependencies.toSorted((a, b) => (a.streamId < b.streamId ? -1 : 1)),
    recipients: message.recipients.toSorted((a, b) => compareBytes(encodeRcpt(a), encodeRcpt(b))),
  }));

function example(): SignedMessage {
  return decodeSignedMessage(fromHex(messages[1]?.tbs ?? ''));
}

describe('What a sender signs', () => {
  it.each(messages)('what a sender signs is that of the fixed example of message $seq', (vector) => {
    const message = decodeSignedMessage(fromHex(vector.tbs));
    expect(message).toMatchObject({
      messageId: vector.messageId,
      conversationId: vector.conversationId,
      streamId: vector.streamId,
      seq: vector.seq,
      prevHash: fromHex(vector.prevHash),
      dependencies: vector.deps.map((dep) => ({ ...dep, hash: fromHex(dep.hash) })),
      sentAt: vector.sentAt,
      contentType: vector.contentType,
      content: fromHex(vector.content),
    });
    expect(message.recipients.map(({ userId }) => userId)).toEqual([parties.alice.userId, parties.bob.userId]);
    expect(toHex(encodeSignedMessage(message))).toBe(vector.tbs);
  });

  it('what a sender signs is read as it was written', () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeSignedMessage(encodeSignedMessage(message))).toEqual(message);
      }),
    );
  });

  it('what a sender signs is refused at every truncation and every byte too many', () => {
    for (const { tbs } of messages) expectExactDecoder(fromHex(tbs), decodeSignedMessage);
  });

  it('what a sender signs has one form: whatever decodes after a change of a bit encodes to the changed bytes', () => {
    const bytes = fromHex(messages[1]?.tbs ?? '');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let decoded: SignedMessage;
      try {
        decoded = decodeSignedMessage(changed);
      } catch (error) {
        expect(error).toMatchObject({ name: 'ProtocolError' });
        continue;
      }
      expect(toHex(encodeSignedMessage(decoded))).toBe(toHex(changed));
    }
  });

  const rcpt = { userId: parties.bob.userId, keyVersion: 1, keysHash: fromHex(parties.bob.keysHash) };
  const head = (end: string) => ({
    streamId: `018f4e7e-7b7a-7c3e-9c5c-0000000000${end}`,
    seq: 1,
    hash: new Uint8Array(32),
  });
  it.each<[string, Partial<SignedMessage>, string, string]>([
    ['seq 0', { seq: 0, prevHash: new Uint8Array(32) }, 'out-of-range', 'seq'],
    ['a predecessor of the first message', { seq: 1 }, 'out-of-range', 'prevHash'],
    ['no predecessor of the second', { prevHash: new Uint8Array(32) }, 'out-of-range', 'prevHash'],
    ['no recipient', { recipients: [] }, 'out-of-range', 'recipients'],
    ['101 recipients', { recipients: Array.from({ length: 101 }, () => rcpt) }, 'out-of-range', 'recipients'],
    ['a recipient twice', { recipients: [rcpt, rcpt] }, 'duplicate', 'recipients'],
    ['a user twice, in two versions', { recipients: [rcpt, { ...rcpt, keyVersion: 2 }] }, 'duplicate', 'recipients'],
    ['recipients out of order', { recipients: example().recipients.toReversed() }, 'not-sorted', 'recipients'],
    ['dependencies out of order', { dependencies: [head('d2'), head('d1')] }, 'not-sorted', 'dependencies'],
    ['a stream named twice', { dependencies: [head('d1'), head('d1')] }, 'duplicate', 'dependencies'],
    [
      '17 dependencies',
      { dependencies: Array.from({ length: 17 }, (_, index) => head(String(index + 10))) },
      'out-of-range',
      'dependencies',
    ],
    ['an empty content type', { contentType: '' }, 'malformed-text', 'contentType'],
    ['a time before 1970', { sentAt: -1 }, 'out-of-range', 'sentAt'],
  ])('what a sender signs is not written with %s', (_what, change, reason, field) => {
    expect(() => encodeSignedMessage({ ...example(), ...change })).toThrow(refusal(reason, field));
  });

  it('what a sender signs is not read with recipients out of order either', () => {
    const bytes = fromHex(messages[0]?.tbs ?? '');
    const text = toHex(bytes);
    const [alice, bob] = example().recipients.map((recipient) => toHex(encodeRcpt(recipient)));
    if (alice === undefined || bob === undefined) throw new Error('two recipients');
    expect(text).toContain(alice + bob);
    expect(() => decodeSignedMessage(fromHex(text.replace(alice + bob, bob + alice)))).toThrow(
      refusal('not-sorted', 'recipients'),
    );
  });
});

describe('PADME', () => {
  /** From the rule, over whole numbers: a length has at most ⌊log2 E⌋ + 1 significant bits after the first. */
  function byBits(length: number): number {
    if (length < 2) return length;
    const exponent = length.toString(2).length - 1;
    const significant = exponent.toString(2).length;
    const lost = exponent - significant;
    const mask = lost > 0 ? 2 ** lost - 1 : 0;
    return Math.ceil(length / (mask + 1)) * (mask + 1);
  }

  it('PADME rounds as an independent reading of the rule does', () => {
    for (let length = 0; length < 5000; length++)
      expect([length, padmeLength(length)]).toEqual([length, byBits(length)]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 }), (length) => {
        expect(padmeLength(length)).toBe(byBits(length));
      }),
    );
  });

  it('PADME never shortens, never adds more than 12 per cent, and is settled by one step', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 40 }), (length) => {
        const padded = padmeLength(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded - length).toBeLessThanOrEqual(length * 0.12);
        expect(padmeLength(padded)).toBe(padded);
      }),
    );
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('PADME has no length %p', (length) => {
    expect(() => padmeLength(length)).toThrow(refusal('out-of-range', 'length'));
  });
});

describe('The padded plaintext', () => {
  it('the padded plaintext is read as it was written', () => {
    fc.assert(
      fc.property(anyBytes(64), anyMessage, (signature, message) => {
        const tbs = encodeSignedMessage(message);
        expect(decodeInner(encodeInner(signature, tbs, message))).toEqual({ signature, tbs, message });
      }),
    );
  });

  it('the padded plaintext has one length for all short contents of one number of recipients, heads and receipts included', () => {
    const lengthOf = (message: SignedMessage): number => innerLength(encodeSignedMessage(message), message);
    const short = { ...example(), dependencies: [], content: new Uint8Array(0) };
    const head = (streamId: string) => ({ streamId, seq: 1, hash: new Uint8Array(32).fill(1) });
    const heads = messages.map(({ streamId }) => head(streamId)).slice(0, 1);
    const receipt = { contentType: 'application/vnd.sealpost.receipt', content: new Uint8Array(1 + 2 + 16) };
    for (const other of [
      { ...short, content: new Uint8Array(512) },
      { ...short, content: new Uint8Array(512), dependencies: heads },
      { ...short, ...receipt },
      { ...short, ...receipt, dependencies: heads },
    ]) {
      expect(lengthOf(other)).toBe(lengthOf(short));
    }
    expect(lengthOf({ ...short, content: new Uint8Array(2000) })).toBeGreaterThan(lengthOf(short));
  });

  it.each(vectors.message.innerLengths)(
    'the padded plaintext has the length of the fixed example: $recipients recipients, $contentBytes bytes, $heads heads',
    ({ recipients, contentType, contentBytes, heads, innerLength: expected }) => {
      const place = (index: number): string => `018f4e7e-7b7a-7c3e-9c5c-${String(index).padStart(12, '0')}`;
      const [rcpt] = example().recipients;
      if (rcpt === undefined) throw new Error('no recipient');
      const message = {
        ...example(),
        contentType,
        content: new Uint8Array(contentBytes),
        recipients: Array.from({ length: recipients }, (_, index) => ({ ...rcpt, userId: place(index) })),
        dependencies: Array.from({ length: heads }, (_, index) => ({
          streamId: place(index),
          seq: 1,
          hash: new Uint8Array(32),
        })),
      };
      expect(innerLength(encodeSignedMessage(message), message)).toBe(expected);
    },
  );

  it('the padded plaintext of a longer content is rounded by PADME alone', () => {
    fc.assert(
      fc.property(anyMessage, fc.integer({ min: 640, max: 5000 }), (message, length) => {
        const long = { ...message, content: new Uint8Array(length) };
        const tbs = encodeSignedMessage(long);
        expect(innerLength(tbs, long)).toBe(padmeLength(68 + tbs.length));
      }),
    );
  });

  it('the padded plaintext is refused with padding of another length, or with a bit set in it', () => {
    const tbs = fromHex(messages[1]?.tbs ?? '');
    const inner = encodeInner(new Uint8Array(64), tbs, example());
    const padding = refusal('wrong-format', 'padding');
    const bare = 68 + tbs.length;
    expect(inner.length).toBeGreaterThan(bare);
    for (const length of [bare, padmeLength(bare), inner.length - 1, inner.length + 1, inner.length + 64]) {
      const changed = new Uint8Array(length);
      changed.set(inner.slice(0, length));
      expect(() => decodeInner(changed)).toThrow(padding);
    }
    for (let bit = bare * 8; bit < inner.length * 8; bit++) {
      const changed = inner.slice();
      changed[bit >> 3] = 1 << (bit & 7);
      expect(() => decodeInner(changed)).toThrow(padding);
    }
  });

  it('the padded plaintext is refused where it is shorter than what it says it holds', () => {
    const inner = encodeInner(new Uint8Array(64), fromHex(messages[1]?.tbs ?? ''), example());
    expect(() => decodeInner(inner.slice(0, 100))).toThrow(refusal('truncated', 'message'));
    expect(() => decodeInner(inner.slice(0, 63))).toThrow(refusal('truncated', 'signature'));
  });
});
