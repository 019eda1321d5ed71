import { beforeAll, describe, expect, it } from '@jest/globals';
import { encodeBase64Url } from '@sealpost/protocol';
import { changePassword, eraseAccount, historyOf } from '../support/account-api.js';
import { DeviceApi, deviceRequest, handoverOf } from '../support/device-api.js';
import { exportAccount, type ExportedLine, UnreadExport } from '../support/export-api.js';
import {
  call,
  logIn,
  registerUser,
  sharedServer,
  startServer,
  type RunningServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { sendMessage } from '../support/messages-api.js';
import { claimReset } from '../support/resets.js';

/** More than connections have room for, so that an export that nobody reads stays open. */
const LARGE_MESSAGES = 60;
const LARGE_BYTES = 190_000;
const MANY = 30_000;

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

async function send(from: TestUser, to: readonly TestUser[], bodyBytes = 100): Promise<string> {
  const body = unreadableMessage(
    from.identity,
    to.map(({ identity }) => identity),
    { bodyBytes },
  );
  expect((await sendMessage(server, from, body)).status).toBe(201);
  return body.id;
}

function ofKind(lines: readonly ExportedLine[], kind: string): Readonly<Record<string, unknown>>[] {
  return lines.filter((line) => line.kind === kind).map(({ data }) => data ?? {});
}

async function expectNoHash(text: string, select: string, at = server): Promise<void> {
  const hashes = await at.sql<{ hash: Buffer }>(select);
  expect(hashes.length).toBeGreaterThan(0);
  for (const { hash } of hashes) {
    expect(text).not.toContain(encodeBase64Url(hash));
    expect(text).not.toContain(hash.toString('hex'));
  }
}

async function withLargeMailbox(): Promise<TestUser> {
  const user = await registerUser(server);
  for (let sent = 0; sent < LARGE_MESSAGES; sent++) await send(user, [user], LARGE_BYTES);
  return user;
}

describe('The export of an account', () => {
  it('the export of an account has everything that the server holds of the user, and no secret of a session', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    await logIn(server, alice.identity);
    const received = await send(bob, [alice]);
    const sent = await send(alice, [bob]);
    const both = await send(alice, [alice, bob]);
    const { status, mediaType, lines, text } = await exportAccount(server, alice.token);
    expect([status, mediaType]).toEqual([200, 'application/x-ndjson']);
    expect(lines[0]).toMatchObject({ kind: 'header', format: 1, serviceId: server.serviceId, userId: alice.userId });

    expect(ofKind(lines, 'account')).toMatchObject([{ userId: alice.userId, credentialVersion: 1 }]);
    expect(ofKind(lines, 'handle')).toMatchObject([{ loginId: alice.loginId, keyVersion: 1 }]);
    expect(ofKind(lines, 'key-statement')).toMatchObject([{ version: 1 }]);
    expect(ofKind(lines, 'vault')).toMatchObject([{ vaultVersion: 1, keyVersion: 1 }]);
    // Nothing by which a password can be guessed: whoever has the token has not shown to know it.
    const [account] = await server.sql<Record<string, Buffer>>(
      `SELECT salt, auth_public_key, recovery_auth_public_key, password_unlock, recovery_unlock
         FROM accounts WHERE user_id = $1`,
      [alice.userId],
    );
    for (const bytes of Object.values(account ?? {})) expect(text).not.toContain(encodeBase64Url(bytes));
    expect(Object.keys(account ?? {})).toHaveLength(5);
    expect(ofKind(lines, 'session')).toHaveLength(2);
    expect(ofKind(lines, 'event').map(({ kind }) => kind)).toEqual(['exported', 'logged-in', 'registered']);
    expect(ofKind(lines, 'mailbox')).toMatchObject([{ lastSequence: 2, messages: 2 }]);
    expect(ofKind(lines, 'mailbox-entry').map(({ id }) => id)).toEqual([received, both]);
    expect(ofKind(lines, 'sent-message').map(({ id }) => id)).toEqual([sent, both]);
    for (const message of [...ofKind(lines, 'mailbox-entry'), ...ofKind(lines, 'sent-message')]) {
      expect(message['ciphertext']).toEqual(expect.stringMatching(/^[\w-]{100,}$/));
    }
    expect(lines.at(-1)).toMatchObject({ kind: 'end', counts: { account: 1, 'mailbox-entry': 2, 'sent-message': 2 } });

    await expectNoHash(text, 'SELECT refresh_token_hash AS hash FROM sessions');
    expect((await historyOf(server, alice.token))[0]?.kind).toBe('exported');
  });

  it('the export of an account has the new devices that want to join, and no secret of them', async () => {
    const devices = new DeviceApi(server);
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const approved = await devices.approved(alice);
    const waiting = deviceRequest(alice.loginId);
    await devices.request(waiting);
    await devices.approved(bob);
    const { lines, text } = await exportAccount(server, alice.token);
    const found = ofKind(lines, 'device-request');
    expect(new Set(found.map(({ id }) => id))).toEqual(new Set([approved.id, waiting.id]));
    expect(found.find(({ id }) => id === waiting.id)).toEqual({
      id: waiting.id,
      loginId: alice.loginId,
      deviceName: 'a new device',
      state: 'waiting',
      createdAt: expect.any(Number),
      expiresAt: expect.any(Number),
      commitment: waiting.commitment,
    });
    expect(found.find(({ id }) => id === approved.id)).toMatchObject({
      state: 'approved',
      approverSessionId: alice.sessionId,
      keyVersion: 1,
      handover: handoverOf(alice, approved),
      credentialVersion: 1,
      approverClient: 'Node.js',
    });
    await expectNoHash(text, 'SELECT token_hash AS hash FROM device_requests');
    for (const { token } of [approved, waiting]) expect(text).not.toContain(token);
  });

  it('the export of an account has no request that another account has answered, whoever has its loginId by now', async () => {
    const devices = new DeviceApi(server);
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const { loginId } = alice;
    const answered = await devices.approved(alice);
    const open = deviceRequest(loginId);
    await devices.request(open);
    const moved = await changePassword(server, alice, { newLoginId: `moved.${loginId}` });
    expect(moved.answer.status).toBe(200);
    expect((await changePassword(server, bob, { newLoginId: loginId })).answer.status).toBe(200);
    const idsOf = async ({ token }: TestUser) =>
      ofKind((await exportAccount(server, token)).lines, 'device-request').map(({ id }) => id);
    expect([await idsOf(alice), await idsOf(bob)]).toEqual([[answered.id], [open.id]]);
  });

  it('the export of an account has the resets that somebody has asked for', async () => {
    const mail = await MailServer.start();
    const resetting = await startServer({ env: mail.settings('email', 3600) });
    const [alice, bob] = [await registerUser(resetting), await registerUser(resetting)];
    for (const { loginId } of [alice, bob]) {
      await claimReset(resetting, loginId);
      await mail.tokenFor(loginId);
    }
    const { lines, text } = await exportAccount(resetting, alice.token);
    const [claim, ...others] = ofKind(lines, 'reset-claim');
    expect([claim, others]).toEqual([
      {
        mailed: true,
        client: 'Node.js',
        requestedAt: expect.any(Number),
        availableAt: expect.any(Number),
        expiresAt: expect.any(Number),
      },
      [],
    ]);
    await expectNoHash(text, 'SELECT token_hash AS hash FROM reset_claims', resetting);
    expect(text).not.toContain(await mail.tokenFor(alice.loginId));
  });

  it('the export of an account goes on after any of its lines, without a gap or a repetition', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    for (let count = 0; count < 3; count++) await send(alice, [alice, bob]);
    const { lines } = await exportAccount(server, alice.token);
    const whole = lines.map((line) => JSON.stringify(line));
    for (const [index, { cursor }] of lines.entries()) {
      if (cursor === undefined) continue;
      const rest = await exportAccount(server, alice.token, cursor);
      expect(rest.lines.map((line) => JSON.stringify(line))).toEqual(whole.slice(index + 1));
    }
    // To go on is not to begin.
    const exports = (await historyOf(server, alice.token)).filter(({ kind }) => kind === 'exported');
    expect(exports).toHaveLength(1);
  });

  it('the export of an account takes no cursor that this service has not made for this user', async () => {
    const [alice, bob] = await Promise.all([registerUser(server), registerUser(server)]);
    const cursor = (await exportAccount(server, alice.token)).lines[0]?.cursor ?? '';
    const first = cursor.startsWith('A') ? 'B' : 'A';
    for (const [token, after] of [
      [bob.token, cursor],
      [alice.token, first + cursor.slice(1)],
      [alice.token, cursor.slice(0, -4)],
      [alice.token, 'not-base64url!'],
      [alice.token, 'AA'],
      [alice.token, ''],
    ] as const) {
      const refused = await exportAccount(server, token, after);
      expect([refused.status, refused.problem?.code]).toEqual([400, 'request.invalid']);
    }
  });

  it('the export of an account reads mailboxes of many messages in pages', async () => {
    const alice = await registerUser(server);
    await server.sql(
      `WITH made AS (
         INSERT INTO messages (received_at, id, sender_id, conversation_id, sender_key_version, suite, recipients,
                               content_hash, ciphertext)
         SELECT now(), gen_random_uuid(), $1, gen_random_uuid(), 1, 1,
                uuid_send($1) || int4send(1) || int8send(n), substring(sha256('x') FROM 1 FOR 16), '\\x0102'
           FROM generate_series(1, $2::int) AS n
         RETURNING id, conversation_id, recipients
       ), entered AS (
         INSERT INTO mailbox_entries (sequence, user_id, message_id, conversation_id)
         SELECT row_number() OVER (ORDER BY id), $1, id, conversation_id FROM made
       )
       UPDATE mailboxes SET last_sequence = $2::int, messages = $2::int, bytes = 2 * $2::int WHERE user_id = $1`,
      [alice.userId, MANY],
    );
    const { lines } = await exportAccount(server, alice.token);
    expect(lines.at(-1)).toMatchObject({ kind: 'end', counts: { 'mailbox-entry': MANY, 'sent-message': MANY } });
    expect(new Set(ofKind(lines, 'sent-message').map(({ id }) => id)).size).toBe(MANY);
    const sequences = ofKind(lines, 'mailbox-entry').map(({ sequence }) => sequence);
    expect(sequences).toEqual(Array.from({ length: MANY }, (_, index) => index + 1));
    const others = lines.filter(({ kind }) => kind === 'progress');
    expect(others.length).toBeLessThan(10);
  });

  it('the export of an account is read as fast as the client reads, and no more than two at once', async () => {
    const alice = await withLargeMailbox();
    const unread = [await UnreadExport.open(server, alice.token), await UnreadExport.open(server, alice.token)];
    expect(unread.map(({ status }) => status)).toEqual([200, 200]);
    const refused = await exportAccount(server, alice.token);
    expect([refused.status, refused.problem?.code]).toEqual([429, 'auth.too-many-exports']);
    const bob = await registerUser(server);
    expect((await exportAccount(server, bob.token)).status).toBe(200);
    for (const { socket } of unread) socket.destroy();
    await waitFor(async () => (await exportAccount(server, alice.token)).status === 200, {
      what: 'the places of the exports that were left',
    });
  });

  it.each([
    ['is erased', (user: TestUser) => eraseAccount(server, user)],
    ['gets a new password elsewhere', async (user: TestUser) => (await changePassword(server, user)).answer],
  ])('the export of an account is cut where the account %s', async (_what, end) => {
    const alice = await withLargeMailbox();
    const second = await logIn(server, alice.identity);
    const unread = await UnreadExport.open(server, alice.token);
    expect((await end(second)).status).toBeLessThan(300);
    unread.socket.resume();
    await waitFor(() => unread.closed, { what: 'the end of the export' });
    expect(unread.text).not.toContain('"kind":"end"');
  });

  it('the export of an account answers HEAD without beginning anything', async () => {
    const alice = await registerUser(server);
    const { status, headers } = await call(server, 'HEAD', '/v1/account/export', { token: alice.token });
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect((await historyOf(server, alice.token)).map(({ kind }) => kind)).toEqual(['registered']);
  });
});
