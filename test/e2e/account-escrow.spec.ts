import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url, type AccountJson, type ServiceJson } from '@sealpost/protocol';
import { historyOf } from '../support/account-api.js';
import { buildIdentity, call, expectOk, launchProcess, logIn, registerUser, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { addEscrow, escrowWrap, newEscrowHolder, rekey } from '../support/vault-key.js';

const holder = newEscrowHolder();
let server: TestServer;

beforeAll(async () => {
  server = await startServer({ env: { SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) } });
});

async function escrowOf({ token }: { readonly token: string }): Promise<string | undefined> {
  return (await expectOk<AccountJson>(server, 'GET', '/v1/account', { token })).escrow?.fingerprint;
}

async function kindsOf({ token }: { readonly token: string }): Promise<string[]> {
  return (await historyOf(server, token)).map(({ kind }) => kind);
}

/** The user again, after a change that has ended all sessions. */
async function again({ answer, changed }: Awaited<ReturnType<typeof rekey>>): Promise<TestUser> {
  expect(answer.status).toBe(200);
  return logIn(server, changed);
}

describe('An escrow', () => {
  it('an escrow is offered by the operator, or not at all', async () => {
    const service = await expectOk<ServiceJson>(server, 'GET', '/v1/service');
    expect(service.escrow).toEqual({ publicKey: encodeBase64Url(holder.publicKey) });
    const without = await startServer();
    expect((await expectOk<ServiceJson>(without, 'GET', '/v1/service')).escrow).toBeUndefined();
    const alice = await registerUser(without);
    const answer = await addEscrow(without, alice, holder);
    expect([answer.status, answer.body]).toMatchObject([422, { code: 'auth.escrow-refused' }]);
  });

  it('an escrow is added by the owner alone, shows in the account and in its history, and ends no session', async () => {
    const alice = await registerUser(server);
    const laptop = await logIn(server, alice.identity);
    expect(await escrowOf(alice)).toBeUndefined();
    const answer = await addEscrow(server, alice, holder);
    expect([answer.status, answer.body]).toEqual([200, { credentialVersion: 2 }]);
    for (const session of [alice, laptop]) expect(await escrowOf(session)).toBe(encodeBase64Url(holder.fingerprint));
    expect(await kindsOf(alice)).toEqual(['escrow-added', 'logged-in', 'registered']);
  });

  it('an escrow is taken over into a new vault key, or removed by it', async () => {
    const first = await registerUser(server);
    await addEscrow(server, first, holder);
    const kept = await again(await rekey(server, first, { credentialVersion: 2, escrow: holder }));
    expect(await escrowOf(kept)).toBe(encodeBase64Url(holder.fingerprint));
    expect((await kindsOf(kept)).slice(0, 3)).toEqual(['logged-in', 'rekeyed', 'escrow-added']);
    const removed = await again(await rekey(server, kept, { credentialVersion: 3 }));
    expect(await escrowOf(removed)).toBeUndefined();
    expect((await kindsOf(removed)).slice(0, 3)).toEqual(['logged-in', 'escrow-removed', 'rekeyed']);
    const [row] = await server.sql<{ n: number }>('SELECT count(*)::int AS n FROM escrows WHERE user_id = $1', [
      removed.userId,
    ]);
    expect(row).toEqual({ n: 0 });
  });

  it('an escrow is replaced by that of another key with a new vault key only', async () => {
    const next = newEscrowHolder();
    const alice = await registerUser(server);
    await addEscrow(server, alice, holder);
    await server.restart({ SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(next.publicKey) });
    const old = await addEscrow(server, alice, holder, { credentialVersion: 2 });
    expect([old.status, old.body]).toMatchObject([422, { code: 'auth.escrow-refused' }]);
    // The vault key stays what it is: whoever has it by the first escrow would not have left.
    const second = await addEscrow(server, alice, next, { credentialVersion: 2 });
    expect([second.status, second.body]).toMatchObject([
      409,
      { code: 'auth.escrow-conflict', detail: expect.stringContaining('POST /v1/account/vault-key') },
    ]);
    expect(await escrowOf(alice)).toBe(encodeBase64Url(holder.fingerprint));
    expect(await kindsOf(alice)).toEqual(['escrow-added', 'registered']);
    const moved = await again(await rekey(server, alice, { credentialVersion: 2, escrow: next }));
    expect(await escrowOf(moved)).toBe(encodeBase64Url(next.fingerprint));
    expect((await kindsOf(moved)).slice(1, 4)).toEqual(['escrow-added', 'escrow-removed', 'rekeyed']);
    await server.restart({ SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) });
  });

  it('an escrow may be added again for the same key, which changes nothing for anybody', async () => {
    const alice = await registerUser(server);
    await addEscrow(server, alice, holder);
    expect((await addEscrow(server, alice, holder, { credentialVersion: 2 })).status).toBe(200);
    expect(await kindsOf(alice)).toEqual(['escrow-added', 'registered']);
  });

  it('an escrow is for one version of the credentials: of two requests at once, one wins', async () => {
    const alice = await registerUser(server);
    const answers = await Promise.all([1, 2, 3].map(() => addEscrow(server, alice, holder)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
  });
});

describe('A refused escrow', () => {
  async function expectRefused(alice: TestUser, attempt: ReturnType<typeof addEscrow>, status: number, code: string) {
    const answer = await attempt;
    expect([answer.status, answer.body]).toMatchObject([status, { code }]);
    expect(await escrowOf(alice)).toBeUndefined();
    expect(await kindsOf(alice)).not.toContain('escrow-added');
  }

  it('an escrow is refused, and nothing changes, without the password, whoever holds an access token', async () => {
    const alice = await registerUser(server);
    const thief = { ...alice, identity: { ...alice.identity, authKey: buildIdentity().authKey } };
    await expectRefused(alice, addEscrow(server, thief, holder), 403, 'auth.proof-refused');
    const mallory = await registerUser(server);
    await expectRefused(
      alice,
      addEscrow(server, { ...alice, token: mallory.token }, holder),
      403,
      'auth.proof-refused',
    );
    expect((await call(server, 'PUT', '/v1/account/escrow', { body: {} })).status).toBe(401);
  });

  it('an escrow is refused, and nothing changes, where it is somebody else’s key, or another wrap than was signed', async () => {
    const alice = await registerUser(server);
    await expectRefused(alice, addEscrow(server, alice, newEscrowHolder()), 422, 'auth.escrow-refused');
    const escrow = escrowWrap(holder, buildIdentity());
    await expectRefused(alice, addEscrow(server, alice, holder, { change: { escrow } }), 403, 'auth.proof-refused');
  });

  it.each([
    ['in another format', { unlock: encodeBase64Url(new Uint8Array(1169).fill(2)) }],
    ['too short', { unlock: encodeBase64Url(new Uint8Array(1168).fill(1)) }],
    ['without a fingerprint', { fingerprint: undefined as never }],
  ])('an escrow is refused, and nothing changes, %s', async (_what, part) => {
    const alice = await registerUser(server);
    const escrow = { ...escrowWrap(holder, alice.identity), ...part };
    await expectRefused(alice, addEscrow(server, alice, holder, { change: { escrow } }), 400, 'request.invalid');
  });

  it('an escrow key in the settings that is no X-Wing key stops the start', async () => {
    for (const [value, words] of [
      [encodeBase64Url(new Uint8Array(1216).fill(255)), 'is not a valid X-Wing public key'],
      ['AAAA', 'must be base64url of 1216 bytes'],
    ] as const) {
      const refused = await launchProcess({ env: { SEALPOST_ESCROW_PUBLIC_KEY: value } });
      expect((await refused.exited()).code).not.toBe(0);
      expect(refused.logs()).toContain(words);
    }
  });
});
