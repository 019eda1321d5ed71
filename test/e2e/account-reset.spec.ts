import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url } from '@sealpost/protocol';
import type { PendingResetsJson, ProblemJson, VaultJson } from '@sealpost/protocol';
import { loginCode } from '../support/account-checks.js';
import { historyOf, openRecovery } from '../support/account-api.js';
import {
  boxMessage,
  buildIdentity,
  call,
  callForProblem,
  expectOk,
  logIn,
  newest,
  registerUser,
  rotateRequest,
  startServer,
  waitFor,
} from '../support/index.js';
import type { TestServer } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, openReset, resetKeys } from '../support/resets.js';
import { cancelRequest, cancelResets } from '../support/signing-proof.js';

let mail: MailServer;
let server: TestServer;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startServer({ env: mail.settings() });
});

async function tokenFor(loginId: string): Promise<string> {
  const count = mail.mailsTo(loginId).length + 1;
  expect((await claimReset(server, loginId)).status).toBe(202);
  return mail.tokenFor(loginId, count);
}

function pendingOf(at: TestServer, token: string): Promise<PendingResetsJson> {
  return expectOk<PendingResetsJson>(at, 'GET', '/v1/account/resets', { token });
}

describe('an account after a reset', () => {
  it('whoever has lost everything but the mailbox begins the account anew, and the old secrets open nothing', async () => {
    const alice = await registerUser(server);
    const token = await tokenFor(alice.loginId);
    const opened = await openReset(server, alice.loginId, token);
    expect([opened.status, opened.body]).toMatchObject([
      200,
      { userId: alice.userId, keys: { version: 1 }, vaultVersion: 1, credentialVersion: 1 },
    ]);
    const { answer, changed } = await resetKeys(server, alice.identity, token);
    expect([answer.status, answer.body]).toEqual([200, { credentialVersion: 2, keyVersion: 2 }]);

    expect(await loginCode(server, alice.identity)).toBe('auth.login-refused');
    expect((await openRecovery(server, alice.identity)).body.code).toBe('auth.recovery-refused');
    const back = await logIn(server, changed);
    expect((await openRecovery(server, changed)).status).toBe(200);
    const vault = await expectOk<VaultJson>(server, 'GET', '/v1/vault', { token: back.token });
    expect(vault).toMatchObject({ vaultVersion: 2, keyVersion: 2 });
  });

  it('whoever has lost everything but the mailbox ends every session, of devices that a thief has, too', async () => {
    const alice = await registerUser(server);
    const laptop = await logIn(server, alice.identity);
    await resetKeys(server, alice.identity, await tokenFor(alice.loginId));
    for (const { token } of [alice, laptop]) {
      expect((await callForProblem(server, 'GET', '/v1/vault', { token })).code).toBe('auth.session-ended');
    }
  });

  it('whoever has lost everything but the mailbox is shown to others with the recovery flag, under the same userId and a handle that the new key has signed', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const { changed } = await resetKeys(server, alice.identity, await tokenFor(alice.loginId));
    const path = `/v1/users?loginId=${encodeURIComponent(alice.loginId)}`;
    expect(await expectOk(server, 'GET', path, { token: bob.token })).toMatchObject({
      userId: alice.userId,
      handleKeyVersion: 2,
      keys: { version: 2, recovery: true, keysHash: expect.any(String) },
    });
    expect(newest(changed).statement.version).toBe(2);
  });

  it('whoever has lost everything but the mailbox keeps the messages of before, as ciphertext', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const body = boxMessage('box', bob.identity, alice.identity, 'for the old keys');
    await expectOk(server, 'POST', '/v1/messages', { token: bob.token, body });
    const { changed } = await resetKeys(server, alice.identity, await tokenFor(alice.loginId));
    const back = await logIn(server, changed);
    const page = await expectOk<{ items: unknown[] }>(server, 'GET', '/v1/messages?after=0', { token: back.token });
    expect(page.items).toHaveLength(1);
  });

  it('whoever has lost everything but the mailbox finds in the history who asked, who vouched, and what it led to', async () => {
    const alice = await registerUser(server);
    const { changed } = await resetKeys(server, alice.identity, await tokenFor(alice.loginId));
    const back = await logIn(server, changed);
    const [, reset, requested] = await historyOf(server, back.token);
    expect(reset).toMatchObject({ kind: 'keys-reset', keyVersion: 2, detail: 'email', client: 'Node.js' });
    expect(requested).toMatchObject({ kind: 'reset-requested', detail: 'email', client: 'Node.js' });
    expect(Math.abs(Date.now() - reset!.at)).toBeLessThan(60_000);
  });

  it('whoever has lost everything but the mailbox goes on to rotate from the new keys', async () => {
    const alice = await registerUser(server);
    const { changed } = await resetKeys(server, alice.identity, await tokenFor(alice.loginId));
    const back = await logIn(server, changed);
    const { request } = rotateRequest(changed);
    expect((await call(server, 'POST', '/v1/keys', { token: back.token, body: request })).status).toBe(201);
  });
});

describe('the mail', () => {
  it('the mail with a claim token is plain text to the loginId alone, and says what the token is for', async () => {
    const { loginId } = await registerUser(server);
    await tokenFor(loginId);
    const [sent] = mail.mailsTo(loginId);
    expect(sent).toMatchObject({ from: 'no-reply@msg.example', to: [loginId] });
    expect(sent?.headers).toMatchObject({
      subject: `Claim to your account at ${server.serviceId}`,
      'content-type': 'text/plain; charset=utf-8',
      'auto-submitted': 'auto-generated',
    });
    expect(sent?.text).toContain(loginId);
    expect(sent?.text).not.toContain('http');
  });

  it('the mail with a claim token does not go to a loginId that is no e-mail address, nor to one that nobody has; the answer is the same', async () => {
    const nameOnly = await registerUser(server, { loginId: `alice-${buildIdentity().userId}` });
    const known = await registerUser(server);
    const answers = [
      await claimReset(server, known.loginId),
      await claimReset(server, nameOnly.loginId),
      await claimReset(server, buildIdentity().loginId),
    ];
    const before = mail.mails.length;
    for (const answer of answers) {
      expect([answer.status, answer.text]).toEqual([202, '{"proofs":["email"],"delaySeconds":0}']);
    }
    // Claims are carried out in the order in which they come: when the last has arrived, the others would have.
    await mail.tokenFor(known.loginId);
    await tokenFor((await registerUser(server)).loginId);
    expect(mail.mails.slice(before).flatMap(({ to }) => to)).not.toContain(nameOnly.loginId);
    expect((await historyOf(server, nameOnly.token)).map(({ kind }) => kind)).toEqual(['registered']);
  });

  it('the mail with a claim token that cannot be delivered leaves a line in the log, without address and token', async () => {
    const alice = await registerUser(server);
    mail.mood = 'refuses';
    try {
      await claimReset(server, alice.loginId);
      await waitFor(() => server.logs().includes('A claim token was not delivered: EENVELOPE 550'), {
        what: 'the log',
      });
    } finally {
      mail.mood = 'takes';
    }
    expect(server.logs()).not.toContain(alice.loginId);
    expect((await claimReset(server, alice.loginId)).status).toBe(202);
  });
});

describe('a delay', () => {
  it('a delay lets a device that is still signed in see the reset, and call it off', async () => {
    const slow = await startServer({ env: mail.settings('email', 3600) });
    const alice = await registerUser(slow);
    const asked = Date.now();
    await claimReset(slow, alice.loginId);
    const token = await mail.tokenFor(alice.loginId);

    const early = await resetKeys(slow, alice.identity, token);
    expect([early.answer.status, early.answer.body.code]).toEqual([403, 'auth.claim-not-ready']);
    expect(Math.abs(early.answer.body.availableAt! - asked - 3_600_000)).toBeLessThan(60_000);
    const { items: resets } = await pendingOf(slow, alice.token);
    expect(resets).toEqual([
      {
        requestedAt: expect.any(Number),
        client: 'Node.js',
        availableAt: early.answer.body.availableAt,
        expiresAt: early.answer.body.availableAt! + 86_400_000,
      },
    ]);

    expect((await cancelResets(slow, alice)).status).toBe(204);
    expect((await cancelResets(slow, alice)).status).toBe(204);
    expect((await pendingOf(slow, alice.token)).items).toEqual([]);
    expect((await resetKeys(slow, alice.identity, token)).answer.body.code).toBe('auth.claim-refused');
    const kinds = (await historyOf(slow, alice.token)).map(({ kind }) => kind);
    expect(kinds).toEqual(['reset-cancelled', 'reset-requested', 'registered']);
  });

  it('a pending reset is called off by the newest signing key alone: a stolen access token cannot keep the owner out', async () => {
    const slow = await startServer({ env: mail.settings('email', 3600) });
    const [alice, mallory] = [await registerUser(slow), await registerUser(slow)];
    await claimReset(slow, alice.loginId);
    await mail.tokenFor(alice.loginId);
    const genuine = await cancelRequest(slow, alice);
    const cancel = (body?: unknown) =>
      call<ProblemJson>(slow, 'POST', '/v1/account/resets/cancel', {
        token: alice.token,
        ...(body === undefined ? {} : { body }),
      });
    const forged: [unknown, number, string][] = [
      [undefined, 400, 'request.invalid'],
      [{}, 400, 'request.invalid'],
      [{ ...genuine, proof: encodeBase64Url(new Uint8Array(64)) }, 403, 'auth.proof-refused'],
      [await cancelRequest(slow, { ...alice, identity: mallory.identity }), 403, 'auth.proof-refused'],
      [await cancelRequest(slow, { ...alice, userId: mallory.userId }), 403, 'auth.proof-refused'],
      [await cancelRequest(slow, { ...alice, loginId: mallory.loginId }), 403, 'auth.challenge-refused'],
      [{ ...genuine, challenge: (await cancelRequest(slow, alice)).challenge }, 403, 'auth.proof-refused'],
    ];
    for (const [body, status, code] of forged) {
      const refused = await cancel(body);
      expect([refused.status, refused.body.code]).toEqual([status, code]);
    }
    expect((await pendingOf(slow, alice.token)).items).toHaveLength(1);
    expect((await cancel(genuine)).status).toBe(204);
    expect((await pendingOf(slow, alice.token)).items).toEqual([]);
    // What was signed once does not count again, for the next reset.
    await claimReset(slow, alice.loginId);
    await mail.tokenFor(alice.loginId, 2);
    expect((await cancel(genuine)).body.code).toBe('auth.challenge-used');
    expect((await pendingOf(slow, alice.token)).items).toHaveLength(1);
  });

  it('after the delay the reset goes through, and several that were asked for leave one entry in the history', async () => {
    const slow = await startServer({ env: mail.settings('email', 3600) });
    const alice = await registerUser(slow);
    for (const count of [1, 2, 3]) {
      await claimReset(slow, alice.loginId);
      await mail.tokenFor(alice.loginId, count);
    }
    expect((await pendingOf(slow, alice.token)).items).toHaveLength(3);
    expect((await historyOf(slow, alice.token)).map(({ kind }) => kind)).toEqual(['reset-requested', 'registered']);
    await slow.sql(`UPDATE reset_claims SET available_at = now() - interval '1 second'`);
    const token = await mail.tokenFor(alice.loginId, 3);
    expect((await resetKeys(slow, alice.identity, token)).answer.status).toBe(200);
    expect(await slow.sql('SELECT 1 FROM reset_claims')).toEqual([]);
  });
});
