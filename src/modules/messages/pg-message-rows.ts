import { RecordReader } from '../../core/database/index.js';
import { unpackRecipients } from './pg-delivered-recipients.js';
import { type MailboxEntry, type Receipt, suiteOf } from './message.js';

/** Columns of a message that its receipt is made of. */
export interface ReceiptRow {
  readonly recipients: Uint8Array;
  readonly received_at: Date;
  readonly expires_at: Date | null;
}

function timesOf(row: ReceiptRow): { readonly receivedAt: number; readonly expiresAt?: number } {
  const receivedAt = row.received_at.getTime();
  return row.expires_at === null ? { receivedAt } : { receivedAt, expiresAt: row.expires_at.getTime() };
}

export function toReceipt(row: ReceiptRow): Receipt {
  const deliveries = unpackRecipients(row.recipients).map(({ userId, sequence }) => ({ userId, sequence }));
  return { ...timesOf(row), deliveries };
}

/** An entry whose body is null where it is too large to come along. */
export interface EntryCandidate {
  readonly entry: Omit<MailboxEntry, 'ciphertext'>;
  readonly bytes: number;
  readonly ciphertext: Uint8Array | null;
}

const ENTRY_COLUMNS = 13;

/** All entries that a statement of `mailbox.sql.ts` has packed. */
export function readEntries(packed: string | null): EntryCandidate[] {
  const reader = new RecordReader(packed);
  const candidates: EntryCandidate[] = [];
  while (!reader.atEnd) candidates.push(readEntry(reader));
  return candidates;
}

function readEntry(reader: RecordReader): EntryCandidate {
  reader.next(ENTRY_COLUMNS);
  const sequence = reader.int64();
  const id = reader.uuid();
  const conversationId = reader.uuid();
  const suite = suiteOf(reader.int16());
  const senderId = reader.uuid();
  const senderKeyVersion = reader.int32();
  const newestKeys = reader.int32OrNull();
  const recipients = unpackRecipients(reader.bytes()).map(({ userId, keyVersion }) => ({ userId, keyVersion }));
  const nonce = reader.bytesOrNull();
  const receivedAt = reader.time();
  const expiresAt = reader.timeOrNull();
  const entry = { sequence, id, conversationId, suite, senderId, senderKeyVersion, recipients, receivedAt };
  return {
    entry: {
      ...entry,
      ...(newestKeys === null ? {} : { senderNewestKeyVersion: newestKeys }),
      ...(nonce === null ? {} : { nonce }),
      ...(expiresAt === null ? {} : { expiresAt }),
    },
    bytes: reader.int32(),
    ciphertext: reader.bytesOrNull(),
  };
}
