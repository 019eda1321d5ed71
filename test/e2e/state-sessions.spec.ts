import { createHash, randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemJson, PutStateJson, StateJson } from '@sealpost/protocol';
import { untilWaiting, whileHeld } from '../support/held-locks.js';
import { type Answer, call, expectOk, logIn, registerUser, rotateRequest, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { rekey } from '../support/vault-key.js';
import { callAsOwner, cancelResets } from '../support/signing-proof.js';
import { callWithProof, logInBound, registerBound } from '../support/session-key.js';

const NO_HASH = Buffer.alloc(32).toString('base64url');
let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});

/** Bytes in the form of a sealed state; nobody can open them. */
function sealed(): Buffer {
  return Buffer.concat([Buffer.of(1), randomBytes(199)]);
}

function hashOf(state: Uint8Array): string {
  return createHash('sha256').update(state).digest('base64url');
}

function put(
  user: TestUser,
  state: Buffer,
  stateVersion = 1,
  previousHash = NO_HASH,
): Promise<Answer<PutStateJson & ProblemJson>> {
  const body = { state: state.toString('base64url'), stateVersion, previousHash };
  return callAsOwner(server, user, 'PUT', '/v1/state', { body });
}

function stored({ token }: TestUser): Promise<StateJson> {
  return expectOk<StateJson>(server, 'GET', '/v1/state', { token });
}

function countOf({ userId }: TestUser): Promise<unknown[]> {
  return server.sql(`SELECT state_version FROM shared_states WHERE user_id = '${userId}'`);
}

describe('a session that has ended', () => {
  it('a session that has ended stores no state, also where the server has not heard of its end', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const [session] = await server.sql<{ id: string }>(
      `UPDATE sessions SET revoked_at = clock_timestamp() WHERE id =
        (SELECT id FROM sessions WHERE user_id = '${phone.userId}' ORDER BY created_at LIMIT 1) RETURNING id`,
    );
    expect(session).toBeDefined();
    expect(await put(phone, sealed())).toMatchObject({ status: 401, body: { code: 'auth.session-ended' } });
    expect(await stored(laptop)).toEqual({ stateVersion: 0 });
    expect(await put(laptop, sealed())).toMatchObject({ status: 200 });
  });

  it('a session that has ended does nothing else that lasts, also where the server has not heard of its end', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const bob = await registerUser(server);
    const doings: (() => Promise<Answer<unknown>>)[] = [
      () => callAsOwner(server, laptop, 'DELETE', `/v1/account/sessions/${phone.sessionId}`),
      () => callAsOwner(server, laptop, 'PUT', `/v1/blocks/${bob.userId}`),
      () => callAsOwner(server, laptop, 'DELETE', `/v1/blocks/${bob.userId}`),
      () => cancelResets(server, laptop),
    ];
    const rotate = () =>
      call(server, 'POST', '/v1/keys', { token: laptop.token, body: rotateRequest(laptop.identity).request });
    await expectOk(server, 'GET', '/v1/account/sessions', { token: laptop.token });
    await server.sql('UPDATE sessions SET revoked_at = clock_timestamp() WHERE id = $1', [laptop.sessionId]);
    // New keys last, which would make the other proofs old ones.
    const answers = [...(await Promise.all(doings.map((doing) => doing()))), await rotate()];
    expect(answers.map(({ body }) => (body as ProblemJson).code)).toEqual(answers.map(() => 'auth.session-ended'));
    const keys = await server.sql('SELECT version FROM key_heads WHERE user_id = $1', [phone.userId]);
    expect(keys).toEqual([{ version: 1 }]);
    expect(await stored(phone)).toEqual({ stateVersion: 0 });
  });

  it('a session that has ended ends no other session: of two that end each other, one stays', async () => {
    const phone = await registerBound(server);
    const laptop = await logInBound(server, phone.identity);
    const end = (by: typeof phone, other: typeof phone) =>
      callWithProof(server, by.key, 'DELETE', `/v1/account/sessions/${other.sessionId}`, { token: by.token });
    const answers = await Promise.all([end(phone, laptop), end(laptop, phone)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 401]);
  });

  it('a session that has ended leaves no state under the old vault key, where its request waited while the new one was made', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const another = `INSERT INTO shared_states (user_id, state_version, state, previous_hash, updated_at)
      VALUES ('${phone.userId}', 1, '\\x01', '\\x00', now())`;
    const answers = await whileHeld(server, another, async (release) => {
      const storing = put(laptop, sealed());
      await untilWaiting(server, '%INSERT INTO%shared_states%');
      const rekeying = rekey(server, phone);
      // Either the new vault key waits for the session that is storing, or it has overtaken it.
      await Promise.race([untilWaiting(server, '%UPDATE sessions%'), rekeying]);
      await release();
      return { stored: await storing, rekeyed: await rekeying };
    });
    expect(answers.rekeyed.answer.status).toBe(200);
    expect(await countOf(phone)).toEqual([]);
    const fresh = await logIn(server, answers.rekeyed.changed);
    expect(await put(fresh, sealed())).toMatchObject({ status: 200 });
  });
});

describe('a new vault key', () => {
  it('a new vault key takes away only the state that was taken in', async () => {
    const phone = await registerUser(server);
    const [first, second] = [sealed(), sealed()];
    const conflict = { status: 409, body: { code: 'state.state-conflict', errors: [{ pointer: '/stateHash' }] } };
    await put(phone, first);
    await put(phone, second, 2, hashOf(first));
    for (const stateHash of [NO_HASH, hashOf(first)]) {
      const { answer } = await rekey(server, phone, { change: { stateHash } });
      expect(answer).toMatchObject(conflict);
      expect(answer.body).toMatchObject({ stateVersion: 2 });
    }
    expect(await stored(phone)).toMatchObject({ stateVersion: 2 });
    expect((await rekey(server, phone, { change: { stateHash: hashOf(second) } })).answer.status).toBe(200);
    expect(await countOf(phone)).toEqual([]);
  });

  it('a new vault key that names a shared state where there is none is refused', async () => {
    const phone = await registerUser(server);
    const { answer } = await rekey(server, phone, { change: { stateHash: hashOf(sealed()) } });
    expect(answer).toMatchObject({ status: 409, body: { code: 'state.state-conflict', stateVersion: 0 } });
    expect((await rekey(server, phone, { change: { stateHash: NO_HASH } })).answer.status).toBe(200);
  });
});
