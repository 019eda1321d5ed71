import { Injectable } from '@nestjs/common';
import { Database, plainArray, rowsOf } from '../../core/database/index.js';
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

/** `own` are ids of the user's own messages among those that were walked. */
interface WalkRow {
  readonly walked: number;
  readonly last: string | null;
  readonly own: string[] | null;
}

interface SentRow {
  readonly id: string;
  readonly senderId: string;
  readonly conversationId: string;
  readonly senderKeyVersion: number;
  readonly suite: number;
  readonly recipients: Uint8Array;
  readonly nonce: Uint8Array | null;
  readonly ciphertext: Uint8Array | null;
  readonly receivedAt: number;
  readonly expiresAt: number | null;
}

@Injectable()
export class PgMessageExportsRepository extends MessageExportsRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async findMailbox(userId: string): Promise<MailboxSummary | null> {
    return (await rowsOf<MailboxSummary>(this.database, sql.FIND_MAILBOX, [userId]))[0] ?? null;
  }

  override async findSent(userId: string, after: string | null): Promise<SentPage> {
    const values = [userId, after ?? LEAST_UUID, WALKED_AT_ONCE];
    const [walk] = await rowsOf<WalkRow>(this.database, sql.WALK_SENT, values);
    const own = walk?.own ?? [];
    const end = (walk?.walked ?? 0) < WALKED_AT_ONCE ? null : (walk?.last ?? null);
    if (own.length === 0) return { messages: [], next: end };
    const sent = await rowsOf<SentRow>(this.database, sql.FIND_SENT, [plainArray(own), PAGE_BYTES]);
    const messages = sent.map(toSent);
    const last = messages.at(-1)?.id ?? null;
    // What has gone since the walk is passed over with the others.
    const isCut = last !== null && last !== own.at(-1);
    return { messages, next: isCut ? last : end };
  }
}

function toSent({ suite, recipients, ciphertext, nonce, expiresAt, ...row }: SentRow): SentMessage {
  return {
    ...row,
    suite: suiteOf(suite),
    recipients: unpackRecipients(recipients),
    ...(ciphertext === null ? {} : { ciphertext }),
    ...(nonce === null ? {} : { nonce }),
    ...(expiresAt === null ? {} : { expiresAt }),
  };
}
