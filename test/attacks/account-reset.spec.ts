import { beforeAll, describe, expect, it } from '@jest/globals';
import { requireBase64Url } from '@sealpost/protocol';
import {
  buildIdentity,
  call,
  challengeFor,
  expectOk,
  logIn,
  makeGeneration,
  newest,
  registerUser,
  rotateRequest,
  signedStatement,
  startServer,
} from '../support/index.js';
import { changePassword } from '../support/account-api.js';
import type { TestServer } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, openReset, resetKeys, resetRequest, type Reset } from '../support/resets.js';

let mail: MailServer;
let server: TestServer;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startServer({ env: mail.settings() });
});

async function tokenFor(loginId: string): Promise<string> {
  const count = mail.mailsTo(loginId).length + 1;
  await claimReset(server, loginId);
  return mail.tokenFor(loginId, count);
}

/** A user, and a token that was mailed to them. */
async function victim() {
  const user = await registerUser(server);
  return { user, token: await tokenFor(user.loginId) };
}

const codeOf = ({ answer }: Reset): unknown => [answer.status, answer.body.code];

describe('a claim token', () => {
  it('a claim token works once', async () => {
    const { user, token } = await victim();
    const { changed } = await resetKeys(server, user.identity, token);
    expect(codeOf(await resetKeys(server, changed, token))).toEqual([401, 'auth.claim-refused']);
    expect((await openReset(server, user.loginId, token)).status).toBe(401);
    await logIn(server, changed);
  });

  it('a claim token used by two at the same time lets one through', async () => {
    const { user, token } = await victim();
    const attempts = await Promise.all([1, 2, 3].map(() => resetKeys(server, user.identity, token)));
    expect(attempts.map(({ answer }) => answer.status).sort()).toEqual([200, 401, 401]);
    const winner = attempts.find(({ answer }) => answer.status === 200);
    await logIn(server, winner!.changed);
  });

  it('a claim token makes the others of the account void when it is used', async () => {
    const { user, token } = await victim();
    const second = await tokenFor(user.loginId);
    const { changed } = await resetKeys(server, user.identity, second);
    expect(codeOf(await resetKeys(server, changed, token))).toEqual([401, 'auth.claim-refused']);
  });

  it('a claim token for another loginId, an unknown one, an expired one and a made-up one are refused alike, to the byte', async () => {
    const [mine, theirs] = [await victim(), await victim()];
    const stranger = buildIdentity({ serviceId: server.serviceId });
    const old = await victim();
    await server.sql(`UPDATE reset_claims SET expires_at = now() - interval '1 second' WHERE user_id = $1`, [
      old.user.userId,
    ]);
    const refused = [
      await resetKeys(server, theirs.user.identity, mine.token),
      await resetKeys(server, stranger, mine.token),
      await resetKeys(server, old.user.identity, old.token),
      await resetKeys(server, mine.user.identity, 'A'.repeat(43)),
      await resetKeys(server, { ...theirs.user.identity, loginId: mine.user.loginId }, mine.token),
    ];
    expect(codeOf(refused[0]!)).toEqual([401, 'auth.claim-refused']);
    expect(new Set(refused.map(({ answer }) => answer.text)).size).toBe(1);
    const opened = [
      await openReset(server, theirs.user.loginId, mine.token),
      await openReset(server, stranger.loginId, mine.token),
      await openReset(server, old.user.loginId, old.token),
    ];
    expect(new Set(opened.map(({ text }) => text)).size).toBe(1);
    for (const { user } of [mine, theirs, old]) await logIn(server, user.identity);
    // All of that has not used the right one up.
    expect((await resetKeys(server, mine.user.identity, mine.token)).answer.status).toBe(200);
  });

  it('a claim token says nothing about who has the loginId later, nor about the account under its next one', async () => {
    const { user: alice, token } = await victim();
    const moved = await changePassword(server, alice, { newLoginId: buildIdentity().loginId });
    expect(moved.answer.status).toBe(200);
    const later = await registerUser(server, { loginId: alice.loginId });
    for (const identity of [moved.changed, alice.identity, later.identity]) {
      expect(codeOf(await resetKeys(server, identity, token))).toEqual([401, 'auth.claim-refused']);
    }
  });

  it('a claim token has to be the one that the new password key has signed', async () => {
    const { user, token } = await victim();
    const attempt = await resetKeys(server, user.identity, token, { signedToken: await tokenFor(user.loginId) });
    expect(codeOf(attempt)).toEqual([403, 'auth.proof-refused']);
  });

  it('a claim token is not in the database, nor in the log', async () => {
    const { user, token } = await victim();
    await resetKeys(server, user.identity, 'A'.repeat(43));
    const [row] = await server.sql<{ text: string }>(
      'SELECT string_agg(to_jsonb(c)::text, $1) AS text FROM reset_claims c',
      [''],
    );
    const hex = [...requireBase64Url(token, 'token')].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    expect(row?.text).not.toContain(token);
    expect(row?.text).not.toContain(hex);
    expect(server.logs()).not.toContain(token);
    expect(server.logs()).not.toContain(user.loginId);
  });

  it('a claim token does nothing for a disabled account', async () => {
    const { user, token } = await victim();
    await server.sql('UPDATE accounts SET disabled_at = now() WHERE user_id = $1', [user.userId]);
    expect(codeOf(await resetKeys(server, user.identity, token))).toEqual([403, 'auth.account-disabled']);
  });
});

describe('the statement of a reset', () => {
  it('the statement of a reset needs the recovery flag, and no signature of the old key', async () => {
    const { user, token } = await victim();
    const rotation = rotateRequest(user.identity).request;
    const attempts = [
      await resetKeys(server, user.identity, token, { statement: { recovery: false } }),
      await resetKeys(server, user.identity, token, { change: { keys: rotation.keys } }),
    ];
    expect(attempts[0]!.answer.body).toMatchObject({ code: 'keys.statement-refused', reason: 'recovery-required' });
    expect(attempts[1]!.answer.body.code).toBe('auth.proof-refused');
    expect((await resetKeys(server, user.identity, token)).answer.status).toBe(200);
  });

  it('the statement of a reset with the flag is taken on no other route, also not by who holds all keys', async () => {
    const { user } = await victim();
    const { serviceId } = server;
    const statement = { recovery: true };
    const generation = makeGeneration({ serviceId, userId: user.userId, previous: newest(user.identity), statement });
    const body = { ...rotateRequest(user.identity).request, keys: signedStatement(generation) };
    const answer = await call(server, 'POST', '/v1/keys', { token: user.token, body });
    expect([answer.status, answer.body]).toMatchObject([
      422,
      { code: 'keys.statement-refused', reason: 'recovery-not-allowed' },
    ]);
  });

  it('the statement of a reset keeps to the rules of the chain', async () => {
    const { user, token } = await victim();
    const { signingPublicKey } = newest(user.identity).statement;
    const cases = [
      [{ version: 1 }, 'keys.version-conflict'],
      [{ version: 3 }, 'keys.statement-refused'],
      [{ previousKeysHash: new Uint8Array(32) }, 'keys.statement-refused'],
      [{ createdAt: Date.now() + 3_600_000 }, 'keys.statement-refused'],
      [{ userId: buildIdentity().userId }, 'keys.statement-refused'],
      [{ signingPublicKey }, 'keys.statement-refused'],
    ] as const;
    for (const [statement, code] of cases) {
      const { answer } = await resetKeys(server, user.identity, token, { statement });
      expect([statement, answer.body.code]).toEqual([statement, code]);
    }
    await logIn(server, user.identity);
    expect((await resetKeys(server, user.identity, token)).answer.status).toBe(200);
  });

  it('the statement of a reset loses against a rotation that came first, and says on what to build', async () => {
    const { user, token } = await victim();
    const { request, rotated } = rotateRequest(user.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: user.token, body: request });
    const stale = await resetKeys(server, user.identity, token);
    expect([stale.answer.status, stale.answer.body]).toMatchObject([
      409,
      { code: 'keys.version-conflict', head: { version: 2 }, vaultVersion: 2 },
    ]);
    expect((await resetKeys(server, rotated, token)).answer.status).toBe(200);
  });
});

describe('the request of a reset', () => {
  it('the request of a reset is one whole: nothing of it can be exchanged after it was signed', async () => {
    const { user, token } = await victim();
    const { challenge } = await challengeFor(server, user.loginId);
    const { request } = resetRequest(user.identity, challenge, token);
    const other = resetRequest(user.identity, challenge, token).request;
    const members = ['salt', 'vault', 'passwordUnlock', 'recoveryUnlock', 'recoveryAuthPublicKey', 'keys'] as const;
    for (const member of members) {
      const body = { ...request, [member]: other[member] };
      const answer = await call<{ code: string }>(server, 'POST', '/v1/auth/reset', { body });
      expect([member, answer.body.code]).toEqual([member, 'auth.proof-refused']);
    }
    expect((await call(server, 'POST', '/v1/auth/reset', { body: request })).status).toBe(200);
  });
});

describe('requests for claims', () => {
  it('requests for claims are limited per loginId, whether anybody has it, and per address', async () => {
    const limits = { SEALPOST_RATE_RESET_PER_ACCOUNT: '2/3600', SEALPOST_RATE_RESET_PER_ADDRESS: '6/3600' };
    const limited = await startServer({ env: { ...mail.settings(), ...limits } });
    const { loginId } = await registerUser(limited);
    const statuses = async (id: string, times: number): Promise<number[]> => {
      const seen: number[] = [];
      for (let i = 0; i < times; i++) seen.push((await claimReset(limited, id)).status);
      return seen;
    };
    expect(await statuses(loginId, 3)).toEqual([202, 202, 429]);
    expect(await statuses('nobody@example.org', 3)).toEqual([202, 202, 429]);
    expect(await statuses('somebody.else@example.org', 1)).toEqual([429]);
  });

  it('requests for claims cannot be led to a second mailbox', async () => {
    const sly = [
      'a@example.org,b@example.org',
      'a@example.org>,<b@example.org',
      '"a@example.org"@b.example.org',
      '@relay.example:a@example.org',
      'a%b@example',
    ];
    for (const loginId of sly) {
      const taken = await registerUser(server, { loginId: `${Date.now()}${loginId}`.replace(/^(\d+)"/, '"$1') });
      expect((await claimReset(server, taken.loginId)).status).toBe(202);
    }
    // The last claim is carried out after those before it.
    await victim();
    expect(mail.mails.flatMap(({ to }) => to).filter((to) => /[,<>"%]|relay|^b@/.test(to))).toEqual([]);
  });
});
