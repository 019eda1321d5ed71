import { createHash } from 'node:crypto';

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyBytes, anyUuid, anyUuidV7 } from '../../../test/support/arbitraries.js';
import { expectExactDecoder } from '../../../test/support/exact-decoder.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { decodeEnvelope, encodeEnvelope, headerBytes, slotInfoBytes, type Envelope } from './envelope.js';

const { messages, parties } = vectors.message;
const refusal = (reason: string, field: string) => expect.objectContaining({ name: 'ProtocolError', reason, field });

const anyEnvelope: fc.Arbitrary<Envelope> = fc.record({
  messageId: anyUuidV7,
  conversationId: anyUuid,
  nonce: anyBytes(24),
  commit: anyBytes(32),
  slots: fc.array(fc.record({ kid: anyBytes(16), enc: anyBytes(1120), wrappedKey: anyBytes(48) }), {
    minLength: 1,
    maxLength: 3,
  }),
  body: fc.uint8Array({ minLength: 16, maxLength: 200 }),
});

function patched(offset: number, bytes: readonly number[]): Uint8Array {
  const blob = fromHex(messages[0]?.blob ?? '');
  blob.set(bytes, offset);
  return blob;
}

const COUNT_AT = 1 + 1 + 16 + 16 + 24 + 32;

describe('An envelope', () => {
  it.each(messages)('an envelope of the fixed example of message $seq is taken apart and put together', (example) => {
    const envelope = decodeEnvelope(fromHex(example.blob));
    expect(envelope).toMatchObject({ messageId: example.messageId, conversationId: example.conversationId });
    expect(toHex(envelope.nonce)).toBe(example.nonce);
    expect(envelope.slots.map(({ kid }) => toHex(kid))).toEqual(
      [parties.alice, parties.bob].map(({ keysHash }) => keysHash.slice(0, 32)),
    );
    expect(toHex(encodeEnvelope(envelope))).toBe(example.blob);
  });

  it.each(messages)('an envelope and what was signed have the hash of the fixed example of message $seq', (example) => {
    const header = headerBytes(decodeEnvelope(fromHex(example.blob)));
    expect(createHash('sha256').update(header).update(fromHex(example.tbs)).digest('hex')).toBe(example.hash);
  });

  it('an envelope is read as it was written', () => {
    fc.assert(
      fc.property(anyEnvelope, (envelope) => {
        expect(decodeEnvelope(encodeEnvelope(envelope))).toEqual(envelope);
      }),
    );
  });

  it('an envelope is refused at every truncation and every byte too many', () => {
    expectExactDecoder(fromHex(messages[0]?.blob ?? ''), decodeEnvelope);
  });

  it.each([
    ['another format', patched(0, [2]), 'wrong-format', 'format'],
    ['another suite', patched(1, [2]), 'wrong-format', 'suite'],
    ['a messageId of version 4', patched(2 + 6, [0x4c]), 'not-canonical', 'messageId'],
    ['a conversationId of version 1', patched(18 + 6, [0x1c]), 'not-canonical', 'conversationId'],
    ['no slot', patched(COUNT_AT, [0, 0]), 'out-of-range', 'slots'],
    ['101 slots', patched(COUNT_AT, [0, 101]), 'out-of-range', 'slots'],
    ['a slot too few', patched(COUNT_AT, [0, 1]), 'truncated', 'body'],
    ['an encapsulation of another length', patched(COUNT_AT + 2 + 16, [4, 0x61]), 'wrong-length', 'enc'],
  ])('an envelope is refused with %s', (_what, blob, reason, field) => {
    expect(() => decodeEnvelope(blob)).toThrow(refusal(reason, field));
  });

  it('an envelope is refused with a body that is shorter than its tag', () => {
    const envelope = decodeEnvelope(fromHex(messages[0]?.blob ?? ''));
    expect(() => decodeEnvelope(encodeEnvelope({ ...envelope, body: new Uint8Array(15) }))).toThrow(
      refusal('truncated', 'body'),
    );
  });

  it.each(['nonce', 'commit'] as const)('an envelope is not written with a %s of another length', (member) => {
    const envelope = decodeEnvelope(fromHex(messages[0]?.blob ?? ''));
    expect(() => encodeEnvelope({ ...envelope, [member]: new Uint8Array(16) })).toThrow(
      refusal('wrong-length', member),
    );
  });
});

describe('The info of a slot', () => {
  it('the info of a slot binds message, conversation and recipient', () => {
    const [first] = messages;
    const rcpt = { userId: parties.bob.userId, keyVersion: 1, keysHash: fromHex(parties.bob.keysHash) };
    const info = slotInfoBytes(first?.messageId ?? '', first?.conversationId ?? '', rcpt);
    expect(toHex(info)).toBe(
      Buffer.from('sealpost/cek/v1\0\x01').toString('hex') +
        [first?.messageId, first?.conversationId, parties.bob.userId].join('').replaceAll('-', '') +
        '00000001' +
        parties.bob.keysHash,
    );
  });
});
