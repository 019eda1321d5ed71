import { type MailboxEntry, type Receipt, suiteOf } from './message.js';

/** Columns of a message that its receipt is made of, as pg gives them: bigint comes as text. */
export interface ReceiptRow {
  readonly recipient_ids: readonly string[];
  readonly sequences: readonly string[];
  readonly received_at: Date;
  readonly expires_at: Date | null;
}

export interface EntryRow {
  readonly sequence: string;
  readonly id: string;
  readonly conversation_id: string;
  readonly suite: number;
  readonly sender_id: string;
  readonly sender_key_version: number;
  readonly recipient_ids: readonly string[];
  readonly key_versions: readonly number[];
  readonly ciphertext: Uint8Array;
  readonly nonce: Uint8Array | null;
  readonly received_at: Date;
  readonly expires_at: Date | null;
}

/** The items of two columns that belong together; a row in which they differ in length was not written whole. */
function paired<A, B>(first: readonly A[], second: readonly B[]): [A, B][] {
  if (first.length !== second.length) throw new Error('A message has recipients without their sequences or versions');
  return first.map((item, index) => [item, second[index] as B]);
}

export function toReceipt(row: ReceiptRow): Receipt {
  return {
    receivedAt: row.received_at.getTime(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.getTime() }),
    deliveries: paired(row.recipient_ids, row.sequences).map(([userId, sequence]) => ({
      userId,
      sequence: Number(sequence),
    })),
  };
}

export function toEntry(row: EntryRow): MailboxEntry {
  return {
    sequence: Number(row.sequence),
    id: row.id,
    conversationId: row.conversation_id,
    suite: suiteOf(row.suite),
    senderId: row.sender_id,
    senderKeyVersion: row.sender_key_version,
    recipients: paired(row.recipient_ids, row.key_versions).map(([userId, keyVersion]) => ({ userId, keyVersion })),
    ciphertext: row.ciphertext,
    ...(row.nonce === null ? {} : { nonce: row.nonce }),
    receivedAt: row.received_at.getTime(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.getTime() }),
  };
}
