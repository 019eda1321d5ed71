/**
 * Deliveries by the server's own statements without HTTP in front: two lanes for each replica, as in the server, and in
 * each one group after the other.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { uuidV7 } from '@sealpost/protocol';
import { openPipelines } from '../../dist/core/database/connection-pool.js';
import { packagedMigrations } from '../../dist/core/database/migrations/migration-files.js';
import { migrate } from '../../dist/core/database/migrations/migration-runner.js';
import { PgDeliveryRepository } from '../../dist/modules/messages/pg-delivery.repository.js';
import { query } from '../environment/database.mjs';
import { numberedId } from '../environment/people.mjs';

const LANES = 2;
const SILENT = { debug() {}, info() {}, warn() {}, error() {} };
/** Nobody asks here whether the last write succeeded. */
const UNHEEDED = { succeeded() {}, failed() {} };

/**
 * @typedef {object} Load
 * @property {number} [replicas]
 * @property {number} group messages of a group
 * @property {number} [bytes] of a ciphertext
 * @property {() => string[]} recipients of the next message
 * @property {number} [seconds] either this
 * @property {number} [messages] or this
 */

/** @param {string} address of an empty database */
export async function makeSchema(address) {
  await migrate({ connectionString: address }, packagedMigrations(), SILENT);
}

/** People who can receive: mailboxes and newest keys, without accounts. */
export async function makeMailboxes(address, people) {
  const ids = `SELECT ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid FROM generate_series(1, $1::int) AS n`;
  const mailboxes = `INSERT INTO mailboxes (user_id, last_sequence, acknowledged_up_to, messages, bytes)`;
  await query(address, `${mailboxes} SELECT id, 0, 0, 0, 0 FROM (${ids}) AS made (id)`, [people]);
  const heads = `INSERT INTO key_heads (user_id, version, keys_hash)`;
  await query(address, `${heads} SELECT id, 1, uuid_send(id) || uuid_send(id) FROM (${ids}) AS made (id)`, [people]);
  await query(address, 'VACUUM ANALYZE mailboxes, key_heads');
}

/** @param {number} people @param {number} count @returns {() => string[]} so many different ones by chance */
export function anybody(people, count = 1) {
  return () => {
    const chosen = new Set();
    while (chosen.size < count) chosen.add(numberedId(1 + randomInt(people)));
    return [...chosen];
  };
}

/**
 * @param {string} address
 * @param {Load} load
 * @returns {Promise<{ messages: number, rate: number, p50: number, p99: number }>} latencies of groups, in ms
 */
export async function deliver(address, load) {
  const connection = { connectionString: address };
  const options = { size: LANES, connectTimeoutMs: 5000, log: SILENT };
  const pools = Array.from({ length: load.replicas ?? 1 }, () => openPipelines(connection, options));
  const goal = load.messages ?? Infinity;
  const begun = performance.now();
  const until = begun + (load.seconds ?? Infinity) * 1000;
  /** @type {number[]} */
  const latencies = [];
  let messages = 0;
  const lane = async (pool) => {
    const repository = new PgDeliveryRepository(/** @type {any} */ ({ pipelines: pool, writes: UNHEEDED }));
    while (performance.now() < until && messages < goal) {
      messages += load.group;
      const groupBegun = performance.now();
      await deliverGroup(repository, load);
      latencies.push(performance.now() - groupBegun);
    }
  };
  await Promise.all(pools.flatMap((pool) => Array.from({ length: LANES }, () => lane(pool))));
  const rate = messages / ((performance.now() - begun) / 1000);
  for (const pool of pools) await pool.end();
  latencies.sort((a, b) => a - b);
  const quantile = (part) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? NaN;
  return { messages, rate, p50: quantile(0.5), p99: quantile(0.99) };
}

async function deliverGroup(repository, { group, bytes = 300, recipients }) {
  const sends = Array.from({ length: group }, () => newMessage(bytes, recipients()));
  /** @type {Map<string, { messages: number, bytes: number }>} */
  const shares = new Map();
  for (const userId of sends.flatMap((send) => send.recipients.map((recipient) => recipient.userId))) {
    const share = shares.get(userId) ?? { messages: 0, bytes: 0 };
    shares.set(userId, { messages: share.messages + 1, bytes: share.bytes + bytes });
  }
  const scope = {
    messageIds: sends.map(({ id }) => id),
    senderIds: sends.map(({ senderId }) => senderId),
    pairs: sends.flatMap((send) => send.recipients.map(({ userId }) => ({ userId, senderId: send.senderId }))),
    shares,
  };
  if (!(await repository.deliver(scope, (state) => acceptAll(sends, state)))) throw new Error('A group was not stored');
}

function newMessage(bytes, recipients) {
  return {
    id: uuidV7(Date.now(), randomBytes(10)),
    senderId: numberedId(1 + randomInt(100)),
    conversationId: uuidV7(0, randomBytes(10)),
    senderKeyVersion: 1,
    suite: bytes === 300 ? 'box' : 'sealpost-v1',
    contentHash: randomBytes(16),
    nonce: bytes === 300 ? randomBytes(24) : null,
    ciphertext: randomBytes(bytes),
    receivedAt: Date.now(),
    recipients: recipients.map((userId) => ({ userId, keyVersion: 1 })),
  };
}

/** Numbers the entries as the server's planner does. */
function acceptAll(sends, state) {
  const mailboxes = new Map(state.mailboxes);
  const accepted = sends.map((send) => {
    const recipients = send.recipients.map(({ userId, keyVersion }) => {
      const before = mailboxes.get(userId);
      const after = {
        lastSequence: before.lastSequence + 1,
        messages: before.messages + 1,
        bytes: before.bytes + send.ciphertext.length,
      };
      mailboxes.set(userId, after);
      return { userId, keyVersion, sequence: after.lastSequence };
    });
    return { ...send, recipients };
  });
  return { accepted, mailboxes };
}
