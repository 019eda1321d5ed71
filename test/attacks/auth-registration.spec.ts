import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemJson, RegisterJson } from '@sealpost/protocol';
import pg from 'pg';
import { buildIdentity, call, challengeFor, logIn, registerRequest, startServer, waitFor } from '../support/index.js';
import type { TestIdentity, TestServer } from '../support/index.js';

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

const TABLES = [
  'accounts',
  'sessions',
  'used_challenges',
  'handles',
  'key_statements',
  'key_heads',
  'vaults',
  'mailboxes',
];

async function rowCounts(): Promise<Record<string, number>> {
  const counts = TABLES.map((table) => `(SELECT count(*)::int FROM ${table}) AS ${table}`);
  const [row] = await server.sql<Record<string, number>>(`SELECT ${counts.join(', ')}`);
  return row!;
}

async function attempt(identity: TestIdentity) {
  const { challenge } = await challengeFor(server, identity.loginId);
  const body = registerRequest(identity, challenge);
  return call<RegisterJson & ProblemJson>(server, 'POST', '/v1/auth/register', { body });
}

describe('registrations at the same time', () => {
  it('exactly one of the registrations of a loginId at the same time gets it, and the others leave only their used challenges', async () => {
    const before = await rowCounts();
    const loginId = 'wanted@example.org';
    const identities = Array.from({ length: 6 }, () => buildIdentity({ serviceId: server.serviceId, loginId }));
    const answers = await Promise.all(identities.map(attempt));
    const outcomes = answers.map(({ status, body }) => (status === 201 ? 'created' : body.code)).sort();
    expect(outcomes).toEqual([...Array<string>(5).fill('auth.login-id-taken'), 'created']);
    const after = await rowCounts();
    const added = (table: string): number => (table === 'used_challenges' ? 6 : 1);
    expect(after).toEqual(Object.fromEntries(TABLES.map((table) => [table, before[table]! + added(table)])));
    const winner = identities[answers.findIndex(({ status }) => status === 201)]!;
    expect((await logIn(server, winner)).userId).toBe(winner.userId);
  });

  it('exactly one of the registrations of a userId at the same time gets it', async () => {
    const { userId } = buildIdentity();
    const identities = Array.from({ length: 6 }, () => buildIdentity({ serviceId: server.serviceId, userId }));
    const answers = await Promise.all(identities.map(attempt));
    const outcomes = answers.map(({ status, body }) => (status === 201 ? 'created' : body.code)).sort();
    expect(outcomes).toEqual([...Array<string>(5).fill('auth.user-id-taken'), 'created']);
  });
});

describe('a registration that is cut off', () => {
  it('a registration whose database connection is cut in the middle leaves nothing, is answered with 503, and can be repeated', async () => {
    const before = await rowCounts();
    const identity = buildIdentity({ serviceId: server.serviceId });
    const beside = new pg.Client(await server.connection());
    await beside.connect();
    try {
      // The last table of the transaction: everything else is written when it waits here.
      await beside.query('BEGIN');
      await beside.query('LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE');
      const { challenge } = await challengeFor(server, identity.loginId);
      const body = registerRequest(identity, challenge);
      const answer = call<ProblemJson>(server, 'POST', '/v1/auth/register', { body });
      const pid = await waitFor(waitingInsert, { what: 'the transaction that waits' });
      await server.sql('SELECT pg_terminate_backend($1)', [pid]);
      expect((await answer).body).toMatchObject({ status: 503, code: 'server.unavailable' });
    } finally {
      await beside.query('ROLLBACK');
      await beside.end();
    }
    expect(await rowCounts()).toEqual(before);
    expect((await attempt(identity)).status).toBe(201);
  });
});

/** The server process of PostgreSQL whose INSERT waits for the lock. */
async function waitingInsert(): Promise<number | null> {
  const rows = await server.sql<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock' AND query ILIKE 'INSERT%sessions%'`,
  );
  return rows[0]?.pid ?? null;
}
