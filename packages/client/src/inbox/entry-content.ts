import { fromUtf8, ProtocolError, requireBase64Url, type MailboxEntryJson } from '@sealpost/protocol';
import type { DeliveredMessage, OpenedMessage } from '../envelope/types.js';

/** What an entry says was delivered. Nothing of it is verified. */
export function deliveredOf(entry: MailboxEntryJson): DeliveredMessage {
  const { id, conversationId, suite, senderId, senderKeyVersion, recipients, nonce } = entry;
  return {
    messageId: id,
    conversationId,
    suite,
    senderId,
    senderKeyVersion,
    recipients,
    ciphertext: requireBase64Url(entry.ciphertext, 'ciphertext'),
    ...(nonce === undefined ? {} : { nonce: requireBase64Url(nonce, 'nonce') }),
  };
}

/** The content as text, where its type says that it is one; null where it is none. */
export function textOf({ contentType, content }: OpenedMessage): string | null {
  if (!contentType.toLowerCase().startsWith('text/')) return null;
  try {
    return fromUtf8(content);
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
