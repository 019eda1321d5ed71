import { beforeAll, describe, expect, it } from '@jest/globals';
import type { KeyChainJson, ProblemJson } from '@sealpost/protocol';
import { eraseAccount, historyOf } from '../support/account-api.js';
import {
  buildIdentity,
  call,
  callForProblem,
  challengeFor,
  expectOk,
  loginRequest,
  logIn,
  registerRequest,
  registerUser,
  rotateRequest,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { startReplica } from '../support/replica.js';
import { EventStreamReader } from '../support/event-stream.js';
import { sendMessage } from '../support/messages-api.js';

/** More than a sweep takes in one batch. */
const MANY = 600;
const BATCH = 100;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

async function send(from: TestUser, to: readonly TestUser[]): Promise<string> {
  const body = unreadableMessage(
    from.identity,
    to.map(({ identity }) => identity),
  );
  const answer = await sendMessage(server, from, body);
  expect([answer.status, answer.body.code]).toEqual([201, undefined]);
  return body.id;
}

async function sendMany(from: TestUser, to: TestUser, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += BATCH) {
    const messages = Array.from({ length: BATCH }, () => unreadableMessage(from.identity, [to.identity]));
    const answer = await call(server, 'POST', '/v1/messages/batch', { token: from.token, body: { messages } });
    expect(answer.status).toBe(200);
  }
}

const swept = (userId: string) =>
  waitFor(async () => (await server.sql('SELECT 1 FROM erased_mailboxes WHERE user_id = $1', [userId])).length === 0, {
    what: 'the end of the sweep',
  });

/** Every row of every table that contains the bytes or the text of an id, whatever its column is called. */
async function mentionsOf(userId: string): Promise<Map<string, Record<string, unknown>[]>> {
  const tables = await server.sql<{ table: string }>(
    `SELECT format('%I.%I', table_schema, table_name) AS table FROM information_schema.tables
      WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  expect(tables.length).toBeGreaterThan(12);
  const found = new Map<string, Record<string, unknown>[]>();
  for (const { table } of tables) {
    // bytea becomes hexadecimal in JSON, and so does an id without its dashes.
    const rows = await server.sql<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE to_jsonb(t)::text LIKE $1 OR to_jsonb(t)::text LIKE $2`,
      [`%${userId}%`, `%${userId.replaceAll('-', '')}%`],
    );
    if (rows.length > 0)
      found.set(
        table,
        rows.map(({ row }) => row),
      );
  }
  return found;
}

/** `public.messages` may still tell of the user what belongs to others: entries of theirs lead to it. */
async function ownRowsOf(userId: string): Promise<string[]> {
  const mentions = await mentionsOf(userId);
  const messages = (mentions.get('public.messages') ?? []).map((row) => String(row['id']));
  const kept = await server.sql<{ id: string }>(
    'SELECT DISTINCT message_id AS id FROM mailbox_entries WHERE message_id = ANY($1::uuid[]) AND user_id <> $2',
    [messages, userId],
  );
  const tables = [...mentions.keys()].filter((table) => table !== 'public.messages').sort();
  return kept.length === messages.length ? tables : [...tables, 'public.messages'];
}

describe('The erasure of an account', () => {
  it('the erasure of an account leaves key statements and heads, and what is in other mailboxes, and nothing else in any table', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const second = await logIn(server, alice.identity);
    const sent = await send(alice, [bob]);
    await send(alice, [alice]);
    const shared = await send(bob, [alice, bob]);
    await sendMany(bob, alice, MANY);
    const { request } = rotateRequest(alice.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: alice.token, body: request });
    const before = [...(await mentionsOf(alice.userId)).keys()];
    const owned = ['accounts', 'sessions', 'account_events', 'handles', 'vaults', 'mailboxes', 'mailbox_entries'];
    expect(before).toEqual(expect.arrayContaining(owned.map((table) => `public.${table}`)));

    expect((await eraseAccount(server, second)).status).toBe(204);
    expect(await callForProblem(server, 'GET', '/v1/messages', { token: alice.token })).toMatchObject({
      code: 'auth.session-ended',
    });
    await swept(alice.userId);
    expect(await ownRowsOf(alice.userId)).toEqual(['public.key_heads', 'public.key_statements']);
    const [left] = await server.sql<{ n: number }>(
      'SELECT count(*)::int AS n FROM messages WHERE id = ANY($1::uuid[])',
      [[sent, shared]],
    );
    expect(left).toEqual({ n: 2 });
    for (const id of [sent, shared]) await expectOk(server, 'GET', `/v1/messages/${id}`, { token: bob.token });
    const chain = await expectOk<KeyChainJson>(server, 'GET', `/v1/users/${alice.userId}/keys`, {
      token: bob.token,
    });
    expect(chain.items.map(({ version }) => version)).toEqual([1, 2]);
  });

  it('the erasure of an account needs a proof by the password auth key, for the present credentials and the own loginId', async () => {
    const [alice, mallory] = await Promise.all([registerUser(server), registerUser(server)]);
    const stranger = { ...alice, identity: { ...alice.identity, authKey: mallory.identity.authKey } };
    expect((await eraseAccount(server, stranger)).body.code).toBe('auth.proof-refused');
    const words = { ...alice, identity: { ...alice.identity, authKey: alice.identity.recoveryAuthKey } };
    expect((await eraseAccount(server, words)).body.code).toBe('auth.proof-refused');
    const foreign = { ...mallory, token: alice.token };
    expect((await eraseAccount(server, foreign)).body.code).toBe('auth.proof-refused');
    const stale = await eraseAccount(server, alice, { credentialVersion: 2 });
    expect([stale.status, stale.body.code]).toEqual([409, 'auth.credentials-changed']);
    const malformed = await eraseAccount(server, alice, { proof: 'AA' });
    expect([malformed.status, malformed.body.errors?.[0]?.pointer]).toEqual([400, '/proof']);
    const without = await call<ProblemJson>(server, 'POST', '/v1/account/erasure', { token: alice.token });
    expect(without.status).toBe(400);
    expect((await historyOf(server, alice.token)).map(({ kind }) => kind)).toEqual(['registered']);
  });

  it('the erasure of an account frees the loginId for somebody else, and never the userId', async () => {
    const alice = await registerUser(server);
    expect((await eraseAccount(server, alice)).status).toBe(204);
    const { challenge } = await challengeFor(server, alice.loginId);
    const login = { body: loginRequest(alice.identity, challenge) };
    expect((await callForProblem(server, 'POST', '/v1/auth/login', login)).code).toBe('auth.login-refused');
    const again = buildIdentity({ serviceId: server.serviceId, userId: alice.userId, loginId: alice.loginId });
    const body = registerRequest(again, (await challengeFor(server, alice.loginId)).challenge);
    expect((await callForProblem(server, 'POST', '/v1/auth/register', { body })).code).toBe('auth.user-id-taken');
    const other = await registerUser(server, { loginId: alice.loginId });
    expect(other.userId).not.toBe(alice.userId);
  });

  it('the erasure of an account is said to whoever sends to the erased user, in a group and a batch too, and a repetition of before is answered', async () => {
    const [alice, bob, carol] = await Promise.all([registerUser(server), registerUser(server), registerUser(server)]);
    const before = unreadableMessage(bob.identity, [alice.identity, carol.identity]);
    const receipt = (await sendMessage(server, bob, before)).body;
    expect((await eraseAccount(server, alice)).status).toBe(204);
    const group = unreadableMessage(bob.identity, [alice.identity, carol.identity]);
    const index = group.recipients.findIndex(({ userId }) => userId === alice.userId);
    const refused = await sendMessage(server, bob, group);
    expect([refused.status, refused.body]).toMatchObject([
      422,
      { code: 'messages.recipient-erased', errors: [{ pointer: `/recipients/${index}/userId` }] },
    ]);
    const messages = [
      unreadableMessage(bob.identity, [alice.identity]),
      unreadableMessage(bob.identity, [carol.identity]),
    ];
    const batch = await expectOk<{ results: { status: number }[] }>(server, 'POST', '/v1/messages/batch', {
      token: bob.token,
      body: { messages },
    });
    expect(batch.results.map(({ status }) => status)).toEqual([422, 201]);
    expect((await sendMessage(server, bob, before)).body).toEqual(receipt);
  });

  it('the erasure of an account ends open streams, waiting reads and all sessions', async () => {
    const alice = await registerUser(server);
    const second = await logIn(server, alice.identity);
    const stream = await EventStreamReader.open(server, { token: second.token });
    const waiting = call<ProblemJson>(server, 'GET', '/v1/messages?wait=30', { token: alice.token });
    expect((await eraseAccount(server, alice)).status).toBe(204);
    expect(await stream.ended()).toBe('session-ended');
    expect((await waiting).body.code).toBe('auth.session-ended');
    const body = { refreshToken: second.refreshToken };
    expect((await callForProblem(server, 'POST', '/v1/auth/refresh', { body })).code).toBe('auth.session-ended');
    expect((await eraseAccount(server, second)).body.code).toBe('auth.session-ended');
  });

  it('the erasure of an account forgets whose an invitation was', async () => {
    const alice = await registerUser(server);
    await server.sql(
      `INSERT INTO invitations (code_hash, created_at, expires_at, used_at, used_by)
       VALUES (sha256('code'), now(), now() + interval '1 day', now(), $1)`,
      [alice.userId],
    );
    expect((await eraseAccount(server, alice)).status).toBe(204);
    expect([...(await mentionsOf(alice.userId)).keys()]).not.toContain('public.invitations');
  });
});

describe('Another replica', () => {
  it('another replica learns that the sessions of an erased account have ended', async () => {
    const replica = await startReplica(server);
    const alice = await registerUser(server);
    await expectOk(replica, 'GET', '/v1/account', { token: alice.token });
    expect((await eraseAccount(server, alice)).status).toBe(204);
    const answer = () => call<ProblemJson>(replica, 'GET', '/v1/vault', { token: alice.token });
    await waitFor(async () => (await answer()).body.code === 'auth.session-ended', { what: 'the news of the end' });
  });
});
