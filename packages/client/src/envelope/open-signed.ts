import {
  concat,
  decodeEnvelope,
  decodeInner,
  equalBytes,
  headerBytes,
  LENGTHS,
  slotInfoBytes,
  type Envelope,
  type SignedMessage,
} from '@sealpost/protocol';

import { aeadOpen } from '../crypto/aead.js';
import { hpkeOpen } from '../crypto/hpke.js';
import { constantTimeEqual, sha256, verifySignature } from '../crypto/primitives.js';
import { wipe, wiping } from '../crypto/wipe.js';
import { MessageRefused } from './message-refused.js';
import {
  checkContext,
  checkSender,
  decoding,
  decrypting,
  isRcptOf,
  recipientKeys,
  senderStatement,
} from './open-checks.js';
import { resendHashOf } from './resend-hash.js';
import { deriveBodyKey, rcptOf } from './seal.js';
import type { DeliveredMessage, OpenContext, OpenedSignedMessage, OwnKeyPair } from './types.js';

/** Opens and checks a message of suite `sealpost-v1` (section 8.4). */
export function openSigned(delivered: DeliveredMessage, context: OpenContext): OpenedSignedMessage {
  const envelope = decoding(delivered, () => decodeEnvelope(delivered.ciphertext));
  checkContext(delivered, envelope);
  const own = recipientKeys(delivered, context);
  const statement = senderStatement(delivered, context);
  const inner = openBody(delivered, envelope, own);
  return wiping([inner], () => {
    const { signature, tbs, message } = decoding(delivered, () => decodeInner(inner));
    checkSender(delivered, message.sender, statement);
    if (!verifySignature(signature, tbs, statement.signingPublicKey)) {
      throw new MessageRefused('wrong-signature', delivered);
    }
    checkSigned(delivered, envelope, message, own);
    const hash = sha256(concat(headerBytes(envelope), tbs));
    wipe(tbs);
    return openedMessage(message, hash);
  });
}

function openBody(delivered: DeliveredMessage, envelope: Envelope, own: OwnKeyPair): Uint8Array {
  const contentKey = openSlot(delivered, envelope, own);
  const { key, commit } = deriveBodyKey(envelope.messageId, contentKey, envelope.nonce);
  return wiping([contentKey, key], () => {
    if (!constantTimeEqual(commit, envelope.commit)) throw new MessageRefused('wrong-commit', delivered);
    const { body, nonce } = envelope;
    return decrypting(delivered, 'body', () => aeadOpen(key, nonce, body, headerBytes(envelope)));
  });
}

function openSlot(delivered: DeliveredMessage, envelope: Envelope, own: OwnKeyPair): Uint8Array {
  const kid = own.keysHash.slice(0, LENGTHS.kid);
  const slot = envelope.slots.find((candidate) => equalBytes(candidate.kid, kid));
  if (slot === undefined) throw new MessageRefused('recipients-slots', delivered, 'no slot for this recipient');
  const info = slotInfoBytes(envelope.messageId, envelope.conversationId, rcptOf(own));
  return decrypting(delivered, 'slot', () =>
    hpkeOpen(own.seeds.kemSeed, { enc: slot.enc, ciphertext: slot.wrappedKey }, info),
  );
}

/** What is signed against what is in the clear and what was delivered. */
function checkSigned(delivered: DeliveredMessage, envelope: Envelope, message: SignedMessage, own: OwnKeyPair): void {
  checkContext(delivered, message);
  if (!equalBytes(message.commit, envelope.commit)) throw new MessageRefused('wrong-commit', delivered, 'signed');
  if (!message.recipients.some((recipient) => isRcptOf(recipient, own))) {
    throw new MessageRefused('recipients-lack-own', delivered, 'signed');
  }
  const inTheClear = new Map(delivered.recipients.map(({ userId, keyVersion }) => [userId, keyVersion]));
  const same =
    delivered.recipients.length === message.recipients.length &&
    message.recipients.every(({ userId, keyVersion }) => inTheClear.get(userId) === keyVersion);
  if (!same) throw new MessageRefused('recipients-differ', delivered);
  const slotsFit =
    envelope.slots.length === message.recipients.length &&
    message.recipients.every(({ keysHash }, index) =>
      equalBytes(envelope.slots[index]?.kid ?? new Uint8Array(0), keysHash.slice(0, LENGTHS.kid)),
    );
  if (!slotsFit) throw new MessageRefused('recipients-slots', delivered);
}

function openedMessage(message: SignedMessage, hash: Uint8Array): OpenedSignedMessage {
  const { messageId, conversationId, sender, recipients, contentType, content, sentAt } = message;
  const { streamId, seq, prevHash, dependencies } = message;
  return {
    suite: 'sealpost-v1',
    senderProof: 'signature',
    messageId,
    conversationId,
    sender,
    recipients,
    contentType,
    content,
    sentAt,
    position: { streamId, seq, prevHash, dependencies },
    hash,
    resendHash: resendHashOf(message),
  };
}
