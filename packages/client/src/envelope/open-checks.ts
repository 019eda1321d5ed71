import { equalBytes, ProtocolError, type Rcpt, type VerifiedStatement } from '@sealpost/protocol';

import { isCompromised, statementAt, type KeyChain } from '../trust/chain.js';
import { CryptoRefused } from '../crypto/crypto-refused.js';
import { internal } from '../errors.js';
import { MessageRefused } from './message-refused.js';
import type { DeliveredMessage, OpenContext, OwnKeyPair } from './types.js';

/** Runs a decoder; what the protocol package refuses becomes `malformed`, padding `wrong-padding`. */
export function decoding<T>(delivered: DeliveredMessage, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new MessageRefused(error.field === 'padding' ? 'wrong-padding' : 'malformed', delivered, error.message);
  }
}

/** Runs a decryption; that it does not open becomes `cannot-decrypt`. */
export function decrypting(delivered: DeliveredMessage, part: string, decrypt: () => Uint8Array): Uint8Array {
  try {
    return decrypt();
  } catch (error) {
    if (error instanceof CryptoRefused) throw new MessageRefused('cannot-decrypt', delivered, part);
    throw error;
  }
}

/** One's own keys that the message was encrypted to. */
export function recipientKeys(delivered: DeliveredMessage, context: OpenContext): OwnKeyPair {
  const { ownChain } = context;
  if (delivered.senderId === ownChain.userId && delivered.senderKeyVersion > context.newestOwnVersion) {
    throw new MessageRefused('vault-rollback', delivered, `version ${delivered.senderKeyVersion}`);
  }
  const own = delivered.recipients.find((recipient) => recipient.userId === ownChain.userId);
  if (own === undefined) throw new MessageRefused('recipients-lack-own', delivered);
  const keys = context.ownKeys(own.keyVersion);
  if (keys === undefined) throw new MessageRefused('unknown-own-key', delivered, `version ${own.keyVersion}`);
  return keys;
}

/** The sender's statement that the message names, out of their verified chain. */
export function senderStatement(
  delivered: DeliveredMessage,
  { senderChain, acceptedBefore }: OpenContext,
): VerifiedStatement {
  if (senderChain.userId !== delivered.senderId) throw internal("senderChain is not the sender's");
  const statement = statementAt(senderChain, delivered.senderKeyVersion);
  if (statement === undefined) {
    throw new MessageRefused('unknown-sender-key', delivered, `version ${delivered.senderKeyVersion}`);
  }
  if (acceptedBefore !== true) checkNotCompromised(delivered, senderChain, statement.version);
  return statement;
}

export function checkNotCompromised(delivered: DeliveredMessage, chain: KeyChain, version: number): void {
  if (isCompromised(chain, version)) throw new MessageRefused('compromised-key', delivered, `version ${version}`);
}

/** The sender inside: the one delivered, with the keys that their chain has at this version. */
export function checkSender(delivered: DeliveredMessage, sender: Rcpt, statement: VerifiedStatement): void {
  if (sender.userId !== delivered.senderId || sender.keyVersion !== delivered.senderKeyVersion) {
    throw new MessageRefused('wrong-context', delivered, 'sender');
  }
  if (!equalBytes(sender.keysHash, statement.keysHash)) {
    throw new MessageRefused('unknown-sender-key', delivered, `another version ${sender.keyVersion}`);
  }
}

/** messageId and conversationId, inside and as delivered. */
export function checkContext(
  delivered: DeliveredMessage,
  inside: { readonly messageId: string; readonly conversationId: string },
): void {
  if (inside.messageId !== delivered.messageId) throw new MessageRefused('wrong-context', delivered, 'messageId');
  if (inside.conversationId !== delivered.conversationId) {
    throw new MessageRefused('wrong-context', delivered, 'conversationId');
  }
}

export function isRcptOf(rcpt: Rcpt, keys: OwnKeyPair): boolean {
  return rcpt.userId === keys.userId && rcpt.keyVersion === keys.version && equalBytes(rcpt.keysHash, keys.keysHash);
}
