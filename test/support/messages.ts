import { randomBytes } from 'node:crypto';
import sodium from 'libsodium-wrappers-sumo';
import { encodeBase64Url, encodeBoxMessage, encodeEnvelope, utf8 } from '@sealpost/protocol';
import type { BoxSuite, Rcpt, SendRequestJson } from '@sealpost/protocol';
import { freshUuid, newest } from './identity.js';
import type { TestIdentity } from './identity.js';

export interface MessageOptions {
  readonly id?: string;
  readonly conversationId?: string;
  /** Bytes of the encrypted part. */
  readonly bodyBytes?: number;
}

/**
 * The body of POST /v1/messages in suite `sealpost-v1`. The envelope has the form that the server checks, but random
 * bytes for what only recipients can open: no client can read it.
 */
export function unreadableMessage(
  sender: TestIdentity,
  recipients: readonly TestIdentity[],
  options: MessageOptions = {},
): SendRequestJson {
  const { id = freshUuid(), conversationId = freshUuid(), bodyBytes = 512 } = options;
  const sorted = recipients.map(rcptOf).sort((a, b) => (a.userId < b.userId ? -1 : 1));
  const slots = sorted.map(({ keysHash }) => ({
    kid: keysHash.subarray(0, 16),
    enc: random(1120),
    wrappedKey: random(48),
  }));
  const sealed = { messageId: id, conversationId, nonce: random(24), commit: random(32) };
  return {
    id,
    conversationId,
    suite: 'sealpost-v1',
    senderKeyVersion: rcptOf(sender).keyVersion,
    recipients: sorted.map(({ userId, keyVersion }) => ({ userId, keyVersion })),
    ciphertext: encodeBase64Url(encodeEnvelope({ ...sealed, slots, body: random(bodyBytes) })),
  };
}

/** The body of POST /v1/messages in one of the two plain libsodium suites (section 9), really encrypted. */
export function boxMessage(
  suite: BoxSuite,
  sender: TestIdentity,
  recipient: TestIdentity,
  text: string,
  options: Omit<MessageOptions, 'bodyBytes'> = {},
): SendRequestJson {
  const { id = freshUuid(), conversationId = freshUuid() } = options;
  const [from, to] = [rcptOf(sender), rcptOf(recipient)];
  const plaintext = encodeBoxMessage({
    suite,
    messageId: id,
    conversationId,
    sender: from,
    recipient: to,
    contentType: 'text/plain',
    content: utf8(text),
  });
  const { boxPublicKey } = newest(recipient).statement;
  const nonce = suite === 'box' ? random(24) : undefined;
  const ciphertext =
    nonce === undefined
      ? sodium.crypto_box_seal(plaintext, boxPublicKey)
      : sodium.crypto_box_easy(plaintext, nonce, boxPublicKey, newest(sender).boxKeys.privateKey);
  return {
    id,
    conversationId,
    suite,
    senderKeyVersion: from.keyVersion,
    recipients: [{ userId: to.userId, keyVersion: to.keyVersion }],
    ciphertext: encodeBase64Url(ciphertext),
    ...(nonce === undefined ? {} : { nonce: encodeBase64Url(nonce) }),
  };
}

/** How messages name the newest keys of a user. */
export function rcptOf(identity: TestIdentity): Rcpt {
  const { statement, keysHash } = newest(identity);
  return { userId: identity.userId, keyVersion: statement.version, keysHash };
}

function random(length: number): Uint8Array {
  return new Uint8Array(randomBytes(length));
}
