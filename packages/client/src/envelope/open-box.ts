import { decodeBoxMessage, LENGTHS, type BoxSuite, type VerifiedStatement } from '@sealpost/protocol';

import { boxOpen, sealedBoxOpen } from '../crypto/box.js';
import { wiping } from '../crypto/wipe.js';
import { internal } from '../errors.js';
import { MessageRefused } from './message-refused.js';
import {
  checkContext,
  checkNotCompromised,
  checkSender,
  decoding,
  decrypting,
  isRcptOf,
  recipientKeys,
  senderStatement,
} from './open-checks.js';
import type { DeliveredMessage, OpenContext, OpenedBoxMessage, OwnKeyPair } from './types.js';

/** Opens and checks a message of the plain suites (section 9): every field of the plaintext is compared. */
export function openBox(delivered: DeliveredMessage, context: OpenContext): OpenedBoxMessage {
  const suite = boxSuiteOf(delivered);
  const own = recipientKeys(delivered, context);
  if (delivered.recipients.length !== 1) throw new MessageRefused('recipients-differ', delivered, 'one is allowed');
  const statement = senderStatement(delivered, context);
  // Here the recipient's key authenticates the sender: who has stolen it can write to it as anybody.
  if (context.acceptedBefore !== true) checkNotCompromised(delivered, context.ownChain, own.version);
  const plaintext = openPlaintext(delivered, suite, own, statement);
  const message = wiping([plaintext], () => decoding(delivered, () => decodeBoxMessage(plaintext, suite)));
  checkContext(delivered, message);
  checkSender(delivered, message.sender, statement);
  if (!isRcptOf(message.recipient, own)) throw new MessageRefused('recipients-lack-own', delivered, 'inside');
  const { messageId, conversationId, sender, recipient, contentType, content } = message;
  const senderProof = suite === 'box' ? 'shared-key' : 'none';
  return { suite, senderProof, messageId, conversationId, sender, recipients: [recipient], contentType, content };
}

function boxSuiteOf({ suite }: DeliveredMessage): BoxSuite {
  if (suite === 'sealpost-v1') throw internal('sealpost-v1 is not a plain suite');
  return suite;
}

function openPlaintext(
  delivered: DeliveredMessage,
  suite: BoxSuite,
  own: OwnKeyPair,
  sender: VerifiedStatement,
): Uint8Array {
  const { ciphertext, nonce } = delivered;
  if (suite === 'box' ? nonce?.length !== LENGTHS.nonce : nonce !== undefined) {
    throw new MessageRefused('malformed', delivered, 'nonce');
  }
  return decrypting(delivered, suite, () =>
    nonce === undefined
      ? sealedBoxOpen(own.seeds.boxSeed, ciphertext)
      : boxOpen(own.seeds.boxSeed, sender.boxPublicKey, nonce, ciphertext),
  );
}
