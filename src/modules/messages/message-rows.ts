import { unpackRecipients } from './delivered-recipients.js';
import { type MailboxEntry, type Receipt, suiteOf } from './message.js';

/** Columns of a message that its receipt is made of. */
export interface ReceiptRow {
  readonly recipients: Uint8Array;
  readonly received_at: Date;
  readonly expires_at: Date | null;
}

/** All of an entry but its body. Bigint comes as text. */
export interface EntryRow extends ReceiptRow {
  readonly sequence: string;
  readonly id: string;
  readonly conversation_id: string;
  readonly suite: number;
  readonly sender_id: string;
  readonly sender_key_version: number;
  readonly nonce: Uint8Array | null;
}

function timesOf(row: ReceiptRow): { readonly receivedAt: number; readonly expiresAt?: number } {
  const receivedAt = row.received_at.getTime();
  return row.expires_at === null ? { receivedAt } : { receivedAt, expiresAt: row.expires_at.getTime() };
}

export function toReceipt(row: ReceiptRow): Receipt {
  const deliveries = unpackRecipients(row.recipients).map(({ userId, sequence }) => ({ userId, sequence }));
  return { ...timesOf(row), deliveries };
}

export function toEntry(row: EntryRow, ciphertext: Uint8Array): MailboxEntry {
  return {
    sequence: Number(row.sequence),
    id: row.id,
    conversationId: row.conversation_id,
    suite: suiteOf(row.suite),
    senderId: row.sender_id,
    senderKeyVersion: row.sender_key_version,
    recipients: unpackRecipients(row.recipients).map(({ userId, keyVersion }) => ({ userId, keyVersion })),
    ciphertext,
    ...(row.nonce === null ? {} : { nonce: row.nonce }),
    ...timesOf(row),
  };
}
