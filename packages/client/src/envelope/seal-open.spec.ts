import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeEnvelope, LENGTHS, utf8 } from '@sealpost/protocol';
import fc from 'fast-check';

import { freshUuid, Party } from '../../../../test/support/parties.js';
import { loadSodium } from '../crypto/sodium.js';
import { openMessage } from './open.js';
import { sealMessage } from './seal.js';
import type { DeliveredMessage, SealedMessage, SealRequest, SignedSealRequest } from './types.js';

beforeAll(loadSodium);

function signedRequest(sender: Party, recipients: readonly Party[], content = utf8('Hello')): SignedSealRequest {
  return {
    suite: 'sealpost-v1',
    messageId: freshUuid(),
    conversationId: freshUuid(),
    sender: sender.keys(),
    recipients: recipients.map((party) => party.keys()),
    contentType: 'text/plain',
    content,
    position: { streamId: freshUuid(), seq: 1, prevHash: new Uint8Array(LENGTHS.hash), dependencies: [] },
    sentAt: 1_790_000_000_000,
  };
}

function delivered(request: SealRequest, sealed: SealedMessage): DeliveredMessage {
  return {
    messageId: request.messageId,
    conversationId: request.conversationId,
    suite: request.suite,
    senderId: request.sender.userId,
    senderKeyVersion: request.sender.version,
    recipients: request.recipients.map(({ userId, version }) => ({ userId, keyVersion: version })),
    ...sealed,
  };
}

describe('A sealed message', () => {
  it('a sealed message opens for each of its recipients, and keeps a copy for the sender', () => {
    const [alice, bob, carol] = [new Party().rotate(), new Party(), new Party().rotate().rotate()];
    const request = signedRequest(alice, [carol, alice, bob]);
    const sealed = sealMessage(request);
    for (const reader of [alice, bob, carol]) {
      const opened = openMessage(delivered(request, sealed), reader.opening(alice));
      expect(opened).toMatchObject({
        suite: 'sealpost-v1',
        senderProof: 'signature',
        content: request.content,
        sender: { userId: alice.userId, keyVersion: 2 },
        position: request.position,
        hash: sealed.hash,
        resendHash: sealed.resendHash,
      });
      expect(opened.recipients.map(({ userId }) => userId)).toEqual(
        [alice, bob, carol].map((party) => party.userId).sort(),
      );
    }
  });

  it('a sealed message stays readable after rotations of either side', () => {
    const [alice, bob] = [new Party(), new Party()];
    const request = signedRequest(alice, [bob]);
    const message = delivered(request, sealMessage(request));
    alice.rotate().rotate();
    bob.rotate();
    expect(openMessage(message, bob.opening(alice)).content).toEqual(request.content);
  });

  it('a sealed message carries any content of any length, and shows its length only roughly', () => {
    const [alice, bob] = [new Party(), new Party()];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5000 }), (content) => {
        const request = signedRequest(alice, [bob], content);
        const opened = openMessage(delivered(request, sealMessage(request)), bob.opening(alice));
        expect(opened.content).toEqual(content);
      }),
      { numRuns: 20 },
    );
    const bodyLengths = Array.from({ length: 60 }, (_, index) => {
      const request = signedRequest(alice, [bob], new Uint8Array(1000 + index));
      return decodeEnvelope(sealMessage(request).ciphertext).body.length;
    });
    expect(new Set(bodyLengths).size).toBeLessThanOrEqual(2);
  });

  it('a sealed message is the same message when it is encrypted anew to rotated recipients, under another hash', () => {
    const [alice, bob] = [new Party(), new Party()];
    const request = signedRequest(alice, [bob]);
    const first = sealMessage(request);
    const again = sealMessage({ ...request, recipients: [bob.rotate().keys()] });
    expect(again.hash).not.toEqual(first.hash);
    expect(again.resendHash).toEqual(first.resendHash);
    expect(sealMessage({ ...request, content: utf8('Hullo') }).resendHash).not.toEqual(first.resendHash);
    expect(sealMessage({ ...request, recipients: [alice.keys()] }).resendHash).not.toEqual(first.resendHash);
  });

  it('a sealed message is refused by the encoder for no recipients, one twice, or more than 100', () => {
    const [alice, bob] = [new Party(), new Party()];
    const request = signedRequest(alice, [bob]);
    const crowd = Array.from({ length: 101 }, () => ({ ...bob.keys(), userId: freshUuid() }));
    for (const recipients of [[], [bob.keys(), bob.keys()], crowd]) {
      expect(() => sealMessage({ ...request, recipients })).toThrow(expect.objectContaining({ field: 'recipients' }));
    }
  });

  it.each(['', 'text/plain\n', 'tëxt', 'a'.repeat(128)])(
    'a sealed message is refused by the encoder with content type %p',
    (contentType) => {
      const [alice, bob] = [new Party(), new Party()];
      const request = { ...signedRequest(alice, [bob]), contentType };
      expect(() => sealMessage(request)).toThrow(expect.objectContaining({ field: 'contentType' }));
    },
  );
});

describe.each([
  ['box', 'shared-key'],
  ['sealed-box', 'none'],
] as const)('A message of suite %s', (suite, senderProof) => {
  it('a message of a plain suite opens for its recipient, who is told how far the sender is proven', () => {
    const [alice, bob] = [new Party().rotate(), new Party()];
    const { messageId, conversationId, sender, contentType, content } = signedRequest(alice, [bob]);
    const request = {
      suite,
      messageId,
      conversationId,
      sender,
      contentType,
      content,
      recipients: [bob.keys()],
    } as const;
    const sealed = sealMessage(request);
    const opened = openMessage(delivered(request, sealed), bob.rotate().opening(alice));
    expect(opened).toMatchObject({ suite, senderProof, content, sender: { userId: alice.userId, keyVersion: 2 } });
    expect(sealed.nonce?.length).toBe(suite === 'box' ? 24 : undefined);
    expect(opened).not.toHaveProperty('position');
  });
});
