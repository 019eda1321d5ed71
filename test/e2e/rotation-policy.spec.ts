import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { ProblemOf, SendBatchJson, ServiceJson } from '@sealpost/protocol';
import { DeviceClockWrong } from '@sealpost/client';
import { CommandLine, jsonLines } from '../support/command-line.js';
import {
  call,
  expectOk,
  registerUser,
  rotateRequest,
  startProcess,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
} from '../support/index.js';
import { rotateKeys } from '../support/keys-api.js';
import {
  acceptKeys,
  newDevice,
  newPerson,
  readInbox,
  readMessages,
  readTexts,
  receiptsOf,
  restarted,
  type Person,
} from '../support/sdk.js';

const MAX_AGE_SECONDS = 86_400;

let server: TestServer;
const program = await CommandLine.create();
beforeAll(async () => {
  server = await startServer({ env: { SEALPOST_KEYS_MAX_AGE_SECONDS: String(MAX_AGE_SECONDS) } });
}, 180_000);

/** Makes the user's newest keys older, before the server has seen them in use. */
async function age(userId: string, seconds: number, at = server): Promise<void> {
  await at.sql(`UPDATE key_heads SET created_at = created_at - make_interval(secs => $2) WHERE user_id = $1`, [
    userId,
    seconds,
  ]);
}

const send = (from: TestUser, to: TestUser, identity = from.identity) =>
  call<ProblemOf<'keys.rotation-due'>>(server, 'POST', '/v1/messages', {
    token: from.token,
    body: unreadableMessage(identity, [to.identity]),
  });

/** Somebody whose keys are too old to send with. */
async function lateUser(): Promise<TestUser> {
  const user = await registerUser(server);
  await age(user.userId, MAX_AGE_SECONDS + 60);
  return user;
}

describe('A service that limits the age of keys', () => {
  it('a service that limits the age of keys says so', async () => {
    expect((await expectOk<ServiceJson>(server, 'GET', '/v1/service')).keysMaxAgeSeconds).toBe(MAX_AGE_SECONDS);
    const unlimited = await startServer();
    expect(await expectOk<ServiceJson>(unlimited, 'GET', '/v1/service')).not.toHaveProperty('keysMaxAgeSeconds');
    await unlimited.remove();
  });

  it('a service that limits the age of keys refuses sends with keys that are too old, exactly, and takes them after a rotation', async () => {
    const [late, other] = [await lateUser(), await registerUser(server)];
    const body = unreadableMessage(late.identity, [other.identity]);
    const refused = await call<ProblemOf<'keys.rotation-due'>>(server, 'POST', '/v1/messages', {
      token: late.token,
      body,
    });
    expect([refused.status, refused.body.code]).toEqual([409, 'keys.rotation-due']);
    const { keyVersion, acceptedAt, dueSince } = refused.body.rotation;
    expect([keyVersion, dueSince - acceptedAt]).toEqual([1, MAX_AGE_SECONDS * 1000]);
    expect(dueSince).toBeLessThan(Date.now());
    expect(refused.body.errors).toMatchObject([{ pointer: '/senderKeyVersion' }]);
    const batch = await expectOk<SendBatchJson>(server, 'POST', '/v1/messages/batch', {
      token: late.token,
      body: { messages: [body, unreadableMessage(late.identity, [other.identity])] },
    });
    expect(batch.results).toMatchObject([
      { status: 409, problem: { code: 'keys.rotation-due', errors: [{ pointer: '/messages/0/senderKeyVersion' }] } },
      { status: 409, problem: { code: 'keys.rotation-due', errors: [{ pointer: '/messages/1/senderKeyVersion' }] } },
    ]);
    const { request, rotated } = rotateRequest(late.identity);
    expect((await rotateKeys(server, late, request)).status).toBe(201);
    expect((await send(late, other, rotated)).status).toBe(201);
  });

  it('a service that limits the age of keys answers the repetition of a message that it took while the keys were young', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    const body = unreadableMessage(alice.identity, [bob.identity]);
    expect((await call(server, 'POST', '/v1/messages', { token: alice.token, body })).status).toBe(201);
    await age(alice.userId, MAX_AGE_SECONDS + 60);
    await server.restart();
    expect((await call(server, 'POST', '/v1/messages', { token: alice.token, body })).status).toBe(200);
    expect((await send(alice, bob)).status).toBe(409);
  });

  it('a service that limits the age of keys lets keys be used up to their last second', async () => {
    const [alice, bob] = [await registerUser(server), await registerUser(server)];
    await age(alice.userId, MAX_AGE_SECONDS - 600);
    expect((await send(alice, bob)).status).toBe(201);
  });

  it('a service that limits the age of keys bothers nobody who writes to somebody with old keys', async () => {
    const [late, other] = [await lateUser(), await registerUser(server)];
    expect((await send(other, late)).status).toBe(201);
  });
});

/** A person whose keys are too old to send with. */
async function latePerson(name: string): Promise<Person> {
  const person = await newPerson(server, name);
  await age(person.client.userId, MAX_AGE_SECONDS + 60);
  return person;
}

describe('Keys that are too old', () => {
  it('somebody whose keys are too old can do everything but send', async () => {
    const alice = await latePerson('alice');
    const bob = await newPerson(server, 'bob');
    await bob.client.send(alice.client.userId, 'are you there?');
    await expect(alice.client.send(bob.client.userId, 'not yet')).rejects.toMatchObject({
      status: 409,
      code: 'keys.rotation-due',
    });
    expect(await alice.client.outbox.list()).toEqual([]);
    expect(await readTexts(alice.client)).toEqual(['are you there?']);
    const newPassword = `${alice.password}, changed`;
    await alice.client.account.changePassword({ password: alice.password, newPassword });
    await alice.client.account.replaceRecoveryKey({ password: newPassword, show: async () => undefined });
    const device = await newDevice(server, { ...alice, password: newPassword });
    await device.sessions.revoke((await alice.client.sessions.list()).find(({ current }) => current)?.id ?? '');
    expect(await readTexts(device)).toEqual(['are you there?']);
    expect((await device.keys.rotate({ earlierKeysCompromised: true })).version).toBe(2);
    await device.send(bob.client.userId, 'now');
    await acceptKeys(bob.client, alice.client.userId);
    expect((await readTexts(bob.client)).at(-1)).toBe('now');
  });

  it('somebody whose keys are too old does not notice where the application lets the SDK rotate, whatever is sent at once', async () => {
    const carol = await latePerson('carol');
    const dave = await newPerson(server, 'dave');
    const client = await restarted(server, carol, { keyRotation: 'automatic' });
    const { userId } = dave.client;
    const outcomes = await Promise.all([
      client.send(userId, 'one', { conversationId: randomUUID() }),
      client.send(userId, 'two', { conversationId: randomUUID() }),
      client.sendMany(['three', 'four'].map((content) => ({ to: userId, content, conversationId: randomUUID() }))),
    ]);
    expect(outcomes[2]).toMatchObject([{ status: 'sent' }, { status: 'sent' }]);
    expect((await client.keys.list()).map(({ version }) => version)).toEqual([1, 2]);
    expect((await readTexts(dave.client)).sort()).toEqual(['four', 'one', 'three', 'two']);
    const messages = await readMessages(client);
    expect(messages.flatMap(({ events }) => events)).toEqual([]);
  });

  it('somebody whose keys are too old gets one new version where two devices send at once', async () => {
    const erin = await latePerson('erin');
    const frank = await newPerson(server, 'frank');
    const devices = [
      await restarted(server, erin, { keyRotation: 'automatic' }),
      await newDevice(server, erin, { keyRotation: 'automatic' }),
    ];
    await Promise.all(devices.map((device, index) => device.send(frank.client.userId, `from device ${index}`)));
    expect((await readTexts(frank.client)).sort()).toEqual(['from device 0', 'from device 1']);
    for (const device of devices) expect((await device.keys.list()).length).toBe(2);
  });

  it('somebody whose keys are too old keeps receipts until the keys are new', async () => {
    const gwen = await latePerson('gwen');
    const heidi = await newPerson(server, 'heidi');
    await gwen.client.contacts.accept(heidi.loginId);
    await gwen.client.receipts.allow({ delivered: true });
    await heidi.client.send(gwen.client.userId, 'did you get this?');
    await readMessages(gwen.client);
    await gwen.client.receipts.flush();
    expect(receiptsOf(await readInbox(heidi.client))).toEqual([]);
    await gwen.client.keys.rotate();
    await gwen.client.receipts.flush();
    expect(receiptsOf(await readInbox(heidi.client))).toMatchObject([{ receipt: 'delivered' }]);
  });
});

describe('A device whose clock is wrong', () => {
  it.each([
    ['ahead of', 3600_000],
    ['behind', -3600_000],
  ])(
    'a device whose clock is wrong is told so, and by how much, where its time is refused: an hour %s the server',
    async (what, wrongBy) => {
      const refused: unknown = await newPerson(server, 'lena', { now: () => Date.now() + wrongBy }).catch(
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(DeviceClockWrong);
      // A slow answer is a minute late at most.
      expect((refused as DeviceClockWrong).message).toMatch(
        new RegExp(`The clock of this device is (?:1 h(?: 1 min)?|59 min) ${what}`),
      );
      expect(Math.abs((refused as DeviceClockWrong).differenceMs - wrongBy)).toBeLessThan(90_000);
      await newPerson(server, 'lena');
    },
  );
});

describe('Keys that will soon be too old', () => {
  it('keys that will soon be too old are replaced where an application asks whether it is time', async () => {
    const ivan = await newPerson(server, 'ivan');
    // For the look at the policy: its answer is held against this clock, and so is the age of the keys.
    let looksAhead = 0;
    const now = (): number => Date.now() + (looksAhead-- > 0 ? MAX_AGE_SECONDS * 900 : 0);
    const client = await restarted(server, ivan, { now });
    const { createdAt, version } = await client.keys.current();
    expect(version).toBe(1);
    expect(await client.keys.policy()).toEqual({
      maxAgeMs: MAX_AGE_SECONDS * 1000,
      dueAt: createdAt + MAX_AGE_SECONDS * 1000,
    });
    expect(await client.keys.rotateWhenDue()).toBeNull();
    looksAhead = 2;
    expect(await client.keys.rotateWhenDue()).toMatchObject({ version: 2 });
  });
});

const DUE_MS = MAX_AGE_SECONDS * 900;
/** A server whose clock is that much behind: what it registers is due for renewal once the clock is right. */
const CLOCK_BEHIND = `--import=data:text/javascript,Date.right=Date.now;Date.now=()=>Date.right()-${DUE_MS}`;

describe('The command line', () => {
  it('the command line rotates where it is time, renews keys that are too old to send with, and never waits with a revocation', async () => {
    const old = { SEALPOST_KEYS_MAX_AGE_SECONDS: String(MAX_AGE_SECONDS), NODE_OPTIONS: CLOCK_BEHIND };
    const aged = await startProcess({ env: old });
    const judy = await newPerson(aged, 'judy', { now: () => Date.now() - DUE_MS });
    await aged.restart({ NODE_OPTIONS: '' });
    const kim = await newPerson(aged, 'kim');
    const service = ['--url', aged.url, '--service-id', aged.serviceId];
    await program.expectDone('judy', ['login', judy.loginId, ...service, '--password-stdin'], `${judy.password}\n`);
    const run = async (...args: string[]) => jsonLines(await program.expectDone('judy', [...args, '--json']));
    expect(await run('keys', 'rotate', '--when-due')).toMatchObject([{ version: 2 }]);
    expect(await run('keys', 'rotate', '--when-due')).toEqual([{ due: false }]);
    expect((await program.run('judy', ['keys', 'rotate', '--when-due', '--compromised'])).code).toBe(2);
    await age(judy.client.userId, MAX_AGE_SECONDS + 60, aged);
    await run('send', kim.loginId, '-m', 'with new keys');
    expect((await run('keys')).map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(await readTexts(kim.client)).toEqual(['with new keys']);
    await age(judy.client.userId, MAX_AGE_SECONDS + 60, aged);
    const lost = (await run('sessions')).find(({ current }) => current !== true);
    await run('sessions', 'revoke', String(lost?.['id']));
    expect((await run('sessions')).map(({ current }) => current)).toEqual([true]);
    expect(await run('rotate', '--compromised')).toMatchObject([{ version: 4 }]);
  });
});
