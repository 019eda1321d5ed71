import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { anyContentType, anyRcpt, anyUuid, anyUuidV7 } from '../../../test/support/arbitraries.js';
import { vectors } from '../../../test/support/vector-files.js';
import { fromHex, toHex } from '../../../test/support/vectors.js';
import { decodeBoxMessage, encodeBoxMessage, MIN_BOX_CIPHERTEXT, type BoxMessage, type BoxSuite } from './box.js';

const { box, sealedBox, messageId, conversationId, contentType, content } = vectors.box;
const examples: readonly [BoxSuite, { readonly plaintext: string; readonly ciphertext: string }][] = [
  ['box', box],
  ['sealed-box', sealedBox],
];
const refusal = (reason: string) => expect.objectContaining({ name: 'ProtocolError', reason });

describe.each(examples)('The plaintext of suite %s', (suite, { plaintext, ciphertext }) => {
  const bytes = fromHex(plaintext);

  it('the plaintext of a plain suite is that of the fixed example', () => {
    const message = decodeBoxMessage(bytes, suite);
    const { alice, bob } = vectors.message.parties;
    expect(message).toMatchObject({
      suite,
      messageId,
      conversationId,
      contentType,
      content: fromHex(content),
      sender: { userId: alice.userId, keyVersion: 2, keysHash: fromHex(alice.keysHash) },
      recipient: { userId: bob.userId, keyVersion: 1, keysHash: fromHex(bob.keysHash) },
    });
    expect(toHex(encodeBoxMessage(message))).toBe(plaintext);
  });

  it('the plaintext of a plain suite is read as it was written', () => {
    const anyMessage: fc.Arbitrary<BoxMessage> = fc.record({
      suite: fc.constant(suite),
      messageId: anyUuidV7,
      conversationId: anyUuid,
      sender: anyRcpt,
      recipient: anyRcpt,
      contentType: anyContentType,
      content: fc.uint8Array({ maxLength: 200 }),
    });
    fc.assert(
      fc.property(anyMessage, (message) => {
        expect(decodeBoxMessage(encodeBoxMessage(message), suite)).toEqual(message);
      }),
    );
  });

  it('the plaintext of a plain suite is refused where it ends before its content, whose length is not written', () => {
    const contentAt = bytes.length - fromHex(content).length;
    for (let length = 0; length < contentAt; length++) {
      expect(() => decodeBoxMessage(bytes.slice(0, length), suite)).toThrow(
        expect.objectContaining({ name: 'ProtocolError' }),
      );
    }
    expect(decodeBoxMessage(bytes.slice(0, contentAt), suite).content).toHaveLength(0);
  });

  it('the plaintext of a plain suite is refused under the number of the other suite', () => {
    expect(() => decodeBoxMessage(bytes, suite === 'box' ? 'sealed-box' : 'box')).toThrow(refusal('wrong-format'));
  });

  it('the plaintext of a plain suite is not written with a content type that is none', () => {
    const message = decodeBoxMessage(bytes, suite);
    expect(() => encodeBoxMessage({ ...message, contentType: 'a\u0000' })).toThrow(refusal('malformed-text'));
  });

  it('the plaintext of a plain suite is never shorter than the shortest ciphertext that the server takes', () => {
    const shortest = { ...decodeBoxMessage(bytes, suite), contentType: 'a', content: new Uint8Array(0) };
    const overhead = ciphertext.length / 2 - bytes.length;
    expect(encodeBoxMessage(shortest).length + overhead).toBe(MIN_BOX_CIPHERTEXT[suite]);
  });
});
