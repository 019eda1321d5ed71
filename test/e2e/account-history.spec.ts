import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountEventJson, AccountEventsJson, RegisterJson } from '@sealpost/protocol';
import { changePassword, historyOf, openRecovery, recover, replaceRecoveryKey } from '../support/account-api.js';
import {
  buildIdentity,
  call,
  callForProblem,
  challengeFor,
  expectOk,
  logIn,
  registerRequest,
  registerUser,
  rotateRequest,
  sharedServer,
} from '../support/index.js';
import type { RunningServer, TestUser } from '../support/index.js';
import { callAsOwner } from '../support/signing-proof.js';

const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0';
let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

const kinds = (events: readonly AccountEventJson[]): string[] => events.map(({ kind }) => kind);

/** Without what is different each time. */
async function told({ token }: TestUser): Promise<Partial<AccountEventJson>[]> {
  const differing = ['id', 'at', 'client'];
  const events = await historyOf(server, token);
  return events.map((event) => Object.fromEntries(Object.entries(event).filter(([name]) => !differing.includes(name))));
}

describe('the history of an account', () => {
  it('the history of an account begins with the registration, with the session’s name and the family of the client', async () => {
    const identity = buildIdentity({ serviceId: server.serviceId });
    const { challenge } = await challengeFor(server, identity.loginId);
    const before = Date.now();
    const answer = await call<RegisterJson>(server, 'POST', '/v1/auth/register', {
      body: { ...registerRequest(identity, challenge), sessionName: 'kitchen tablet' },
      headers: { 'user-agent': FIREFOX },
    });
    const [event, ...others] = await historyOf(server, answer.body.accessToken);
    expect(others).toEqual([]);
    expect(event).toEqual({
      id: event!.id,
      at: event!.at,
      kind: 'registered',
      sessionId: answer.body.sessionId,
      sessionName: 'kitchen tablet',
      client: 'Firefox on Linux',
      keyVersion: 1,
    });
    expect(event!.at).toBeGreaterThanOrEqual(before);
    expect(event!.at).toBeLessThanOrEqual(Date.now());
  });

  it('the history of an account tells every life event with the session that did it, the newest first', async () => {
    const phone = await registerUser(server);
    const laptop = await logIn(server, phone.identity);
    const { request, rotated } = rotateRequest(phone.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: laptop.token, body: request });
    // A repetition is no event.
    await expectOk(server, 'POST', '/v1/keys', { token: laptop.token, body: request });
    const path = `/v1/account/sessions/${laptop.sessionId}`;
    expect((await callAsOwner(server, { ...phone, identity: rotated }, 'DELETE', path)).status).toBe(204);
    const password = await changePassword(server, { ...phone, identity: rotated });
    const words = await replaceRecoveryKey(server, { ...phone, identity: password.changed }, { credentialVersion: 2 });
    const newLoginId = buildIdentity().loginId;
    const moved = await changePassword(
      server,
      { ...phone, identity: words.changed },
      { credentialVersion: 3, newLoginId },
    );
    await expectOk(server, 'POST', '/v1/auth/logout', { token: phone.token });
    await openRecovery(server, moved.changed);
    const recovered = await recover(server, moved.changed, { credentialVersion: 4 });
    const back = await logIn(server, recovered.changed);
    const { sessionId } = phone;
    expect(await told(back)).toEqual([
      { kind: 'logged-in', sessionId: back.sessionId },
      { kind: 'recovered' },
      { kind: 'recovery-opened' },
      { kind: 'logged-out', sessionId },
      { kind: 'login-id-changed', sessionId },
      { kind: 'recovery-key-replaced', sessionId },
      { kind: 'password-changed', sessionId },
      { kind: 'session-ended', sessionId, otherSessionId: laptop.sessionId, detail: 'revoked' },
      { kind: 'keys-rotated', sessionId: laptop.sessionId, keyVersion: 2 },
      { kind: 'logged-in', sessionId: laptop.sessionId },
      { kind: 'registered', sessionId, keyVersion: 1 },
    ]);
  });

  it('the history of an account tells of a session that was ended because its refresh token was used twice', async () => {
    const alice = await registerUser(server);
    const stolen = await logIn(server, alice.identity);
    const refresh = (refreshToken: string) =>
      call<{ refreshToken: string; code?: string }>(server, 'POST', '/v1/auth/refresh', { body: { refreshToken } });
    const second = await refresh(stolen.refreshToken);
    await refresh(second.body.refreshToken);
    expect((await refresh(stolen.refreshToken)).body.code).toBe('auth.refresh-reused');
    expect((await told(alice))[0]).toEqual({
      kind: 'session-ended',
      otherSessionId: stolen.sessionId,
      detail: 'refresh-token-reused',
    });
  });

  it('the history of an account tells nothing of what was refused, and of ends that had happened before', async () => {
    const alice = await registerUser(server);
    const stranger = buildIdentity();
    await changePassword(server, { ...alice, identity: { ...alice.identity, authKey: stranger.authKey } });
    await openRecovery(server, { ...alice.identity, recoveryAuthKey: stranger.recoveryAuthKey });
    await changePassword(server, alice, { credentialVersion: 9 });
    const phone = await logIn(server, alice.identity);
    const path = `/v1/account/sessions/${phone.sessionId}`;
    expect((await callAsOwner(server, alice, 'DELETE', path)).status).toBe(204);
    const again = await callAsOwner(server, alice, 'DELETE', path);
    expect(again.body).toMatchObject({ code: 'auth.session-not-found' });
    expect(kinds(await historyOf(server, alice.token))).toEqual(['session-ended', 'logged-in', 'registered']);
  });

  it('the history of an account is read in pages, and is nobody else’s', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    for (let round = 0; round < 4; round++) await logIn(server, alice.identity);
    const whole = await historyOf(server, alice.token);
    expect(kinds(whole)).toEqual([...Array<string>(4).fill('logged-in'), 'registered']);
    for (const limit of [1, 2, 5]) expect(await historyOf(server, alice.token, limit)).toEqual(whole);
    const page = await expectOk<AccountEventsJson>(server, 'GET', '/v1/account/events?limit=5', { token: alice.token });
    expect(page.next).toBeUndefined();
    expect(kinds(await historyOf(server, bob.token))).toEqual(['registered']);
    const none = await expectOk<AccountEventsJson>(server, 'GET', '/v1/account/events?before=1', { token: bob.token });
    expect(none).toEqual({ items: [] });
    for (const query of ['before=0', 'before=x', 'limit=0', 'limit=201', 'after=1', 'before=9007199254740992']) {
      const problem = await callForProblem(server, 'GET', `/v1/account/events?${query}`, { token: alice.token });
      expect(problem.code).toBe('request.invalid');
    }
    expect((await call(server, 'GET', '/v1/account/events')).status).toBe(401);
  });

  it('the history of an account is numbered by itself, from 1, whatever others do, and without a gap where much happens at once', async () => {
    const alice = await registerUser(server);
    const others = await Promise.all([registerUser(server), registerUser(server)]);
    await Promise.all([...Array<TestUser>(6).fill(alice), ...others].map(({ identity }) => logIn(server, identity)));
    const ids = async ({ token }: TestUser) => (await historyOf(server, token)).map(({ id }) => id);
    expect(await ids(alice)).toEqual([7, 6, 5, 4, 3, 2, 1]);
    for (const other of others) expect(await ids(other)).toEqual([2, 1]);
  });

  it('the history of an account goes on counting where all that happened has been deleted', async () => {
    const alice = await registerUser(server);
    await server.sql('DELETE FROM account_events WHERE user_id = $1', [alice.userId]);
    await logIn(server, alice.identity);
    expect((await historyOf(server, alice.token)).map(({ id }) => id)).toEqual([2]);
  });

  it('the history of an account goes with the account', async () => {
    const alice = await registerUser(server);
    const count = async (): Promise<number> => {
      const [row] = await server.sql<{ n: number }>(
        'SELECT count(*)::int AS n FROM account_events WHERE user_id = $1',
        [alice.userId],
      );
      return row!.n;
    };
    expect(await count()).toBe(1);
    await server.sql('DELETE FROM accounts WHERE user_id = $1', [alice.userId]);
    expect(await count()).toBe(0);
  });
});
