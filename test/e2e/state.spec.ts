import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import {
  LIMITS,
  requireBase64Url,
  type ProblemJson,
  type PutStateJson,
  type PutStateRequestJson,
  type StateJson,
} from '@sealpost/protocol';
import { type Answer, call, expectOk, registerUser, startServer, type TestUser } from '../support/index.js';
import { callAsOwner } from '../support/signing-proof.js';

const server = await startServer();
const NO_HASH = Buffer.alloc(32).toString('base64url');
let alice: TestUser;

beforeEach(async () => {
  alice = await registerUser(server);
});

/** Bytes in the form of a sealed state; nobody can open them, the server least of all. */
function sealed(length = 200): Buffer {
  return Buffer.concat([Buffer.of(1), randomBytes(length - 1)]);
}

function hashOf(state: Uint8Array): string {
  return createHash('sha256').update(state).digest('base64url');
}

function requestOf(stateVersion: number, state: Buffer, previousHash = NO_HASH): PutStateRequestJson {
  return { state: state.toString('base64url'), stateVersion, previousHash };
}

function put(body: PutStateRequestJson, user = alice): Promise<Answer<PutStateJson & ProblemJson>> {
  return callAsOwner(server, user, 'PUT', '/v1/state', { body });
}

function get(token = alice.token): Promise<StateJson> {
  return expectOk<StateJson>(server, 'GET', '/v1/state', { token });
}

describe('the shared state of an account', () => {
  it('the shared state of an account is nothing at first, then what was stored last, with what it takes to open it', async () => {
    expect(await get()).toEqual({ stateVersion: 0 });
    const first = sealed();
    const second = sealed();
    expect(await put(requestOf(1, first))).toMatchObject({ status: 200, body: { stateVersion: 1 } });
    expect(await get()).toEqual(requestOf(1, first));
    expect(await put(requestOf(2, second, hashOf(first)))).toMatchObject({ status: 200, body: { stateVersion: 2 } });
    expect(await get()).toEqual(requestOf(2, second, hashOf(first)));
  });

  it('the shared state of an account belongs to one account', async () => {
    const bob = await registerUser(server);
    await put(requestOf(1, sealed()));
    expect(await get(bob.token)).toEqual({ stateVersion: 0 });
    expect(await put(requestOf(1, sealed()), bob)).toMatchObject({ status: 200 });
    expect(await call(server, 'GET', '/v1/state')).toMatchObject({ status: 401 });
  });

  it('the shared state of an account takes the very same request again, for clients that lost the answer', async () => {
    const state = sealed();
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await put(requestOf(1, state))).toMatchObject({ status: 200, body: { stateVersion: 1 } });
    }
    const next = requestOf(2, sealed(), hashOf(state));
    expect(await Promise.all([put(next), put(next), put(next)])).toMatchObject(Array(3).fill({ status: 200 }));
    expect(await get()).toEqual(next);
  });

  it('the shared state of an account is never overwritten by somebody who has not seen it', async () => {
    const state = sealed();
    await put(requestOf(1, state));
    const conflicts: [PutStateRequestJson, string][] = [
      [requestOf(1, sealed()), '/stateVersion'],
      [requestOf(3, sealed(), hashOf(state)), '/stateVersion'],
      [requestOf(2, sealed()), '/previousHash'],
      [requestOf(2, sealed(), hashOf(sealed())), '/previousHash'],
    ];
    for (const [body, pointer] of conflicts) {
      const answer = await put(body);
      expect(answer).toMatchObject({ status: 409, body: { code: 'state.state-conflict', stateVersion: 1 } });
      expect(answer.body.errors?.[0]?.pointer).toBe(pointer);
    }
    expect(await get()).toEqual(requestOf(1, state));
  });

  it('the shared state of an account has one winner where many store the first one, and the next one, at once', async () => {
    let previous = NO_HASH;
    for (const version of [1, 2, 3]) {
      const answers = await Promise.all(Array.from({ length: 8 }, () => put(requestOf(version, sealed(), previous))));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409, 409, 409]);
      previous = hashOf(requireBase64Url((await get()).state ?? '', 'state'));
    }
  });

  it('the shared state of an account may have 1 MiB and not a byte more', async () => {
    const largest = sealed(LIMITS.stateBytes);
    expect(await put(requestOf(1, largest))).toMatchObject({ status: 200 });
    expect((await get()).state).toBe(largest.toString('base64url'));
    const answer = await put(requestOf(2, sealed(LIMITS.stateBytes + 1), hashOf(largest)));
    expect(answer).toMatchObject({ status: 400, body: { code: 'request.invalid', errors: [{ pointer: '/state' }] } });
  });

  it('the shared state of an account has the form of a sealed state', async () => {
    const answer = await put(requestOf(1, Buffer.concat([Buffer.of(2), sealed()])));
    expect(answer).toMatchObject({ status: 422, body: { code: 'state.state-refused', reason: 'wrong-format' } });
    expect(await get()).toEqual({ stateVersion: 0 });
  });

  it('the shared state of an account goes with the account', async () => {
    await put(requestOf(1, sealed()));
    await server.sql(`DELETE FROM accounts WHERE user_id = '${alice.userId}'`);
    const rows = await server.sql(`SELECT 1 FROM shared_states WHERE user_id = '${alice.userId}'`);
    expect(rows).toEqual([]);
  });

  it('the shared state of an account is limited per account', async () => {
    const limited = await startServer({ env: { SEALPOST_RATE_STATE_PER_ACCOUNT: '2/86400' } });
    const carol = await registerUser(limited);
    const body = requestOf(1, sealed());
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 3; attempt++) {
      statuses.push((await callAsOwner(limited, carol, 'PUT', '/v1/state', { body })).status);
    }
    expect(statuses).toEqual([200, 200, 429]);
  });
});
