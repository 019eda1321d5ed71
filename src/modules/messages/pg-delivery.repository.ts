import { Injectable } from '@nestjs/common';
import { DatabaseError, type PoolClient } from 'pg';
import {
  byteaArray,
  Database,
  inOneWrite,
  isTransactionConflict,
  isUniqueViolation,
  plainArray,
  rollBack,
} from '../../core/database/index.js';
import { packRecipients } from './pg-delivered-recipients.js';
import { messageColumns, pairColumns, receivedAtOf } from './pg-delivery-columns.js';
import * as sql from './delivery.sql.js';
import {
  type DeliveryPlan,
  DeliveryRepository,
  type DeliveryScope,
  type DeliveryState,
  type ExpectedDelivery,
  type KeyHead,
  type MailboxState,
  pairKey,
  type StoredMessage,
} from './delivery.repository.js';
import { expectedColumns } from './pg-expected-columns.js';
import type { AcceptedMessage } from './message.js';
import { DROP_BODIES, REPEAT_WINDOW } from './retention.sql.js';
import { type ReceiptRow, toReceipt } from './pg-message-rows.js';

interface MailboxRow {
  readonly user_id: string;
  readonly last_sequence: number;
  readonly messages: number;
  readonly bytes: number;
}

interface HeadRow {
  readonly user_id: string;
  readonly version: number;
  readonly keys_hash: Buffer;
  readonly created_at: Date;
}

interface BlockRow {
  readonly user_id: string;
  readonly keys_hash: null;
  readonly sender_id: string;
}

type KnownRow =
  HeadRow | BlockRow | ({ user_id: null; id: string; sender_id: string; content_hash: Buffer } & ReceiptRow);

@Injectable()
export class PgDeliveryRepository extends DeliveryRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async deliverExpected(expected: ExpectedDelivery): Promise<ReadonlyMap<string, number> | null> {
    const client = await this.database.pipelines.connect();
    const userIds = [...expected.shares.keys()].sort();
    let usable = true;
    try {
      const values = expectedColumns(expected, userIds);
      const query = { ...sql.STORE_EXPECTED, values };
      const { rows } = await inOneWrite(client, () => client.query<{ held: string | null }>(query));
      const held = rows[0]?.held ?? null;
      if (held === null) return null;
      this.database.writes.succeeded();
      return new Map(held.split(',').map((sequence, index) => [userIds[index] ?? '', Number(sequence)]));
    } catch (error) {
      this.database.writes.failed(error);
      // Whoever answers with an error goes on answering.
      usable = error instanceof DatabaseError;
      if (isInTheWay(error)) return null;
      throw error;
    } finally {
      client.release(!usable);
    }
  }

  override async deliver(scope: DeliveryScope, plan: (state: DeliveryState) => DeliveryPlan): Promise<boolean> {
    const client = await this.database.pipelines.connect();
    let usable = true;
    try {
      const state = await begin(client, scope);
      const decided = plan(state);
      await end(client, state, decided, scope);
      if (decided.accepted.length > 0) this.database.writes.succeeded();
      return true;
    } catch (error) {
      this.database.writes.failed(error);
      usable = await rollBack(client, error);
      if (isInTheWay(error)) return false;
      throw error;
    } finally {
      client.release(!usable);
    }
  }
}

/** The state of PostgreSQL for the division of `STORE_EXPECTED`. */
const DIVISION_BY_ZERO = '22012';

/** Whether another transaction was faster: with a message of the same id, with the rest of a mailbox, or by a deadlock. */
function isInTheWay(error: unknown): boolean {
  const filled = error instanceof DatabaseError && error.code === DIVISION_BY_ZERO;
  return filled || isUniqueViolation(error, 'messages_pkey') || isTransactionConflict(error);
}

/** Sent at once, answered in their order: one round trip. */
async function begin(
  client: PoolClient,
  { messageIds, senderIds, pairs, shares }: DeliveryScope,
): Promise<DeliveryState> {
  const recipientIds = [...shares.keys()].sort();
  const sorted = recipientIds.map((userId) => shares.get(userId) ?? { messages: 0, bytes: 0 });
  const reserve = [
    plainArray(recipientIds),
    plainArray(sorted.map((share) => share.messages)),
    plainArray(sorted.map((share) => share.bytes)),
  ];
  const known = [
    plainArray([...new Set([...senderIds, ...recipientIds])]),
    plainArray(messageIds),
    ...pairColumns(pairs),
  ];
  const [, reserved, found] = await inOneWrite(client, () =>
    Promise.all([
      client.query(sql.BEGIN),
      client.query<MailboxRow>({ ...sql.RESERVE, values: reserve }),
      client.query<KnownRow>({ ...sql.FIND_KNOWN, values: known }),
    ]),
  );
  return { mailboxes: new Map(reserved.rows.map(toMailbox)), ...toKnown(found.rows) };
}

/** Sends what was decided, in one round trip. */
async function end(client: PoolClient, state: DeliveryState, plan: DeliveryPlan, scope: DeliveryScope): Promise<void> {
  if (plan.accepted.length === 0) {
    await client.query('ROLLBACK');
    return;
  }
  const statements = [
    storing(plan),
    ...withoutBodies(plan),
    ...(plan.accepted.length === scope.messageIds.length && state.blocked.size === 0 ? [] : [correcting(state, plan)]),
    { text: sql.COMMIT },
  ];
  await inOneWrite(client, () => Promise.all(statements.map((statement) => client.query(statement))));
}

function toMailbox(row: MailboxRow): [string, MailboxState] {
  return [row.user_id, { lastSequence: row.last_sequence, messages: row.messages, bytes: row.bytes }];
}

function toHead({ version, keys_hash, created_at }: HeadRow): KeyHead {
  return { version, keysHash: keys_hash, acceptedAt: created_at.getTime() };
}

function toKnown(rows: readonly KnownRow[]): Pick<DeliveryState, 'heads' | 'stored' | 'blocked'> {
  const heads = new Map<string, KeyHead>();
  const stored = new Map<string, StoredMessage>();
  const blocked = new Set<string>();
  for (const row of rows) {
    if (row.user_id === null)
      stored.set(row.id, { senderId: row.sender_id, contentHash: row.content_hash, receipt: toReceipt(row) });
    else if (row.keys_hash === null) blocked.add(pairKey(row.user_id, row.sender_id));
    else heads.set(row.user_id, toHead(row));
  }
  return { heads, stored, blocked };
}

function storing({ accepted }: DeliveryPlan) {
  const columns = messageColumns(accepted);
  return {
    ...sql.STORE,
    values: [
      receivedAtOf(accepted),
      columns.ids,
      columns.senders,
      columns.conversations,
      columns.senderKeyVersions,
      columns.suites,
      byteaArray(accepted.map((message) => packRecipients(message.recipients))),
      columns.contentHashes,
      columns.nonces,
      columns.ciphertexts,
      columns.expiries,
      ...entryColumns(accepted),
    ],
  };
}

/** Nobody can read a message that all of its recipients keep away: as with one that all have deleted, its id is what stays. */
function withoutBodies({ accepted }: DeliveryPlan) {
  const unread = accepted.filter(({ recipients }) => recipients.every(({ withheld }) => withheld === true));
  if (unread.length === 0) return [];
  const values = [plainArray(unread.map(({ id }) => id)), receivedAtOf(accepted), REPEAT_WINDOW];
  return [{ ...DROP_BODIES, values }];
}

function correcting(before: DeliveryState, plan: DeliveryPlan) {
  const held = [...new Map([...before.mailboxes, ...plan.mailboxes])];
  return {
    ...sql.CORRECT,
    values: [
      plainArray(held.map(([userId]) => userId)),
      plainArray(held.map(([, state]) => state.lastSequence)),
      plainArray(held.map(([, state]) => state.messages)),
      plainArray(held.map(([, state]) => state.bytes)),
    ],
  };
}

function entryColumns(accepted: readonly AcceptedMessage[]): unknown[] {
  const entries = accepted.flatMap(({ id, conversationId, recipients }) =>
    recipients
      .filter(({ withheld }) => withheld !== true)
      .map(({ userId, sequence }) => ({ userId, sequence, id, conversationId })),
  );
  return [
    plainArray(entries.map((entry) => entry.userId)),
    plainArray(entries.map((entry) => entry.sequence)),
    plainArray(entries.map((entry) => entry.id)),
    plainArray(entries.map((entry) => entry.conversationId)),
  ];
}
