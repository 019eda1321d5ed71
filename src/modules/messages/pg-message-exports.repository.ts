import { Injectable } from '@nestjs/common';
import { Database, plainArray } from '../../core/database/index.js';
import { unpackRecipients } from './pg-delivered-recipients.js';
import { suiteOf } from './message.js';
import {
  type MailboxSummary,
  MessageExportsRepository,
  type SentMessage,
  type SentPage,
} from './message-exports.repository.js';
import * as sql from './message-exports.sql.js';

const WALKED_AT_ONCE = 5000;
const PAGE_BYTES = 1024 * 1024;
const LEAST_UUID = '00000000-0000-0000-0000-000000000000';

interface MailboxRow {
  readonly last_sequence: string;
  readonly acknowledged_up_to: string;
  readonly messages: string;
  readonly bytes: string;
}

/** `own` are ids of the user's own messages among those that were walked. */
interface WalkRow {
  readonly walked: string;
  readonly last: string | null;
  readonly own: string[] | null;
}

interface SentRow {
  readonly id: string;
  readonly sender_id: string;
  readonly conversation_id: string;
  readonly sender_key_version: number;
  readonly suite: number;
  readonly recipients: Buffer;
  readonly nonce: Buffer | null;
  readonly ciphertext: Buffer | null;
  readonly received_at: Date;
  readonly expires_at: Date | null;
}

@Injectable()
export class PgMessageExportsRepository extends MessageExportsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async findMailbox(userId: string): Promise<MailboxSummary | null> {
    const { rows } = await this.database.pool.query<MailboxRow>({ ...sql.FIND_MAILBOX, values: [userId] });
    const row = rows[0];
    if (row === undefined) return null;
    return {
      lastSequence: Number(row.last_sequence),
      acknowledgedUpTo: Number(row.acknowledged_up_to),
      messages: Number(row.messages),
      bytes: Number(row.bytes),
    };
  }

  override async findSent(userId: string, after: string | null): Promise<SentPage> {
    const values = [userId, after ?? LEAST_UUID, WALKED_AT_ONCE];
    const { rows } = await this.database.pool.query<WalkRow>({ ...sql.WALK_SENT, values });
    const own = rows[0]?.own ?? [];
    const end = Number(rows[0]?.walked ?? 0) < WALKED_AT_ONCE ? null : (rows[0]?.last ?? null);
    if (own.length === 0) return { messages: [], next: end };
    const sent = await this.database.pool.query<SentRow>({
      ...sql.FIND_SENT,
      values: [plainArray(own), PAGE_BYTES],
    });
    const messages = sent.rows.map(toSent);
    const last = messages.at(-1)?.id ?? null;
    // What has gone since the walk is passed over with the others.
    const isCut = last !== null && last !== own.at(-1);
    return { messages, next: isCut ? last : end };
  }
}

function toSent(row: SentRow): SentMessage {
  return {
    id: row.id,
    senderId: row.sender_id,
    senderKeyVersion: row.sender_key_version,
    conversationId: row.conversation_id,
    suite: suiteOf(row.suite),
    recipients: unpackRecipients(row.recipients),
    receivedAt: row.received_at.getTime(),
    ...(row.ciphertext === null ? {} : { ciphertext: row.ciphertext }),
    ...(row.nonce === null ? {} : { nonce: row.nonce }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.getTime() }),
  };
}
