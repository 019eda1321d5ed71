import { describe, expect, it } from '@jest/globals';
import { chmod, copyFile, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeServiceKey, Sealpost, type ServiceKey } from '@sealpost/client';
import { readServiceKey, writeServiceKey } from '@sealpost/client/node';
import { CommandLine } from '../support/command-line.js';
import { call, sharedServer } from '../support/index.js';
import { losing, newPerson, outcomeOf, readInbox, readTexts, recording, type SeenExchange } from '../support/sdk.js';

const server = await sharedServer();
const program = await CommandLine.create();
const service = { url: server.url, serviceId: server.serviceId };
const { folder } = program;
let count = 0;

const newName = (): string => `service-${process.pid}-${(count += 1)}`;
const newFile = (): string => join(folder, `${(count += 1)}.key`);

async function newService(): Promise<ServiceKey> {
  const { client, key } = await Sealpost.registerServiceAccount({ service, loginId: newName() });
  await client.close();
  return key;
}

const sealpost = (...args: string[]) => program.run('profile', args);
const create = (loginId: string, path: string) =>
  sealpost('service', 'create', loginId, '--key-file', path, '--url', server.url, '--service-id', server.serviceId);

describe('a service account', () => {
  it('a program that keeps nothing but its key goes on at each start where the last one stopped: inbox, pins, marks and streams', async () => {
    const alice = await newPerson(server, 'alice');
    const key = await newService();
    for (const text of ['one', 'two', 'three']) await alice.client.send(key.loginId, text);

    const first = await Sealpost.open({ key });
    const read: (string | undefined)[] = [];
    for await (const entry of first.inbox()) {
      read.push(outcomeOf(entry));
      if (read.length === 2) break;
    }
    // The second one was handed over, and not taken.
    expect(read).toEqual(['one', 'two']);
    await first.contacts.verify(alice.loginId, await first.contacts.safetyNumber(alice.loginId));
    await first.send(alice.loginId, 'from the first');
    await first.logout();

    await alice.client.send(key.loginId, 'four');
    const second = await Sealpost.open({ key });
    const entries = await readInbox(second);
    expect(entries.map(outcomeOf)).toEqual(['two', 'three', 'from the first', 'four']);
    expect(entries.flatMap((entry) => (entry.kind === 'message' ? entry.events : []))).toEqual([]);
    expect(entries[0]).toMatchObject({ sender: { verified: true, loginId: alice.loginId } });
    await second.send(alice.loginId, 'from the second');
    await entries.at(-1)?.done({ acknowledge: true });
    await second.logout();

    const third = await Sealpost.open({ key });
    expect((await readInbox(third)).map(outcomeOf)).toEqual(['from the second']);
    await third.logout();
    const got = (await readInbox(alice.client)).filter((entry) => entry.kind === 'message' && !entry.own);
    expect(got.map(outcomeOf)).toEqual(['from the first', 'from the second']);
    expect(got.flatMap((entry) => (entry.kind === 'message' ? entry.events : []))).toEqual([]);
  });

  it('a program that keeps nothing but its key has shared its place before the server may delete what was read', async () => {
    const alice = await newPerson(server, 'alice');
    const key = await newService();
    await alice.client.send(key.loginId, 'hello');
    const seen: SeenExchange[] = [];
    const client = await Sealpost.open({ key, fetch: recording(seen) });
    const [entry] = await readInbox(client);
    await entry?.done({ acknowledge: true });
    const paths = seen.map(({ method, path }) => `${method} ${path}`);
    expect(paths.indexOf('PUT /v1/state')).toBeGreaterThan(-1);
    expect(paths.indexOf('POST /v1/messages/ack')).toBeGreaterThan(paths.indexOf('PUT /v1/state'));
    // It dies here: nothing is closed.
    const next = await Sealpost.open({ key });
    expect(await readTexts(next)).toEqual([]);
    await next.logout();
    await client.logout();
  });

  it('a program that keeps nothing but its key shows a replay of what an earlier program has read', async () => {
    const alice = await newPerson(server, 'alice');
    const key = await newService();
    await alice.client.send(key.loginId, 'pay once');
    await alice.client.send(key.loginId, 'pay once, plainly', { suite: 'box' });
    const first = await Sealpost.open({ key, acceptSuites: ['sealpost-v1', 'box'] });
    expect(await readTexts(first)).toEqual(['pay once', 'pay once, plainly']);
    await first.logout();
    await server.sql(
      `INSERT INTO mailbox_entries (user_id, sequence, message_id, conversation_id)
         SELECT user_id, sequence + 100, message_id, conversation_id FROM mailbox_entries
          WHERE user_id = '${key.account?.userId ?? ''}'`,
    );
    await server.sql(
      `UPDATE mailboxes SET last_sequence = last_sequence + 100 WHERE user_id = '${key.account?.userId ?? ''}'`,
    );
    const second = await Sealpost.open({ key, acceptSuites: ['sealpost-v1', 'box'] });
    expect((await readInbox(second)).map(outcomeOf)).toEqual(['message.replay', 'message.replay']);
    await second.logout();
  });

  it('a program that keeps nothing but its key is an account like any other to the server, which never sees the key', async () => {
    const seen: SeenExchange[] = [];
    const { client, key, recoveryWords } = await Sealpost.registerServiceAccount({
      service,
      loginId: newName(),
      fetch: recording(seen),
    });
    expect(recoveryWords?.split(' ')).toHaveLength(24);
    expect(JSON.stringify(seen)).not.toContain(key.key);
    expect(key.account).toEqual({ userId: client.userId, suite: 1 });
    const { status, body } = await call(server, 'GET', '/v1/account', {
      token: await client.sessions.accessToken(),
    });
    expect({ status, body }).toMatchObject({ status: 200, body: { userId: client.userId, loginId: key.loginId } });
    await client.close();
  });

  it('a program that keeps nothing but its key refuses a server that names another user or a weaker suite than the key', async () => {
    const key = await newService();
    const other = await newService();
    const wrongUser = { ...key, account: { userId: other.account?.userId ?? '', suite: 1 } };
    await expect(Sealpost.open({ key: wrongUser })).rejects.toMatchObject({ code: 'login.user-differs' });
    const higher = { ...key, account: { userId: key.account?.userId ?? '', suite: 2 } };
    await expect(Sealpost.open({ key: higher })).rejects.toMatchObject({ code: 'login.suite-lowered' });
    const wrongKey = { ...key, key: other.key };
    await expect(Sealpost.open({ key: wrongKey })).rejects.toMatchObject({ code: 'auth.login-refused' });
  });

  it('a program that keeps nothing but its key is never made without its key being kept', async () => {
    const kept: ServiceKey[] = [];
    const keep = async (key: ServiceKey): Promise<void> => void kept.push(key);
    const loginId = newName();
    const lost = Sealpost.registerServiceAccount({
      service,
      loginId,
      keep,
      fetch: losing(/POST \/v1\/auth\/(register|login)/, 100),
      retry: { attempts: 1 },
    });
    await expect(lost).rejects.toMatchObject({ code: 'client.network' });
    const [begun] = kept;
    expect(begun).toMatchObject({ loginId });
    expect(begun?.account).toBeUndefined();
    await expect(Sealpost.open({ key: begun! })).rejects.toMatchObject({ code: 'service-key.refused' });
    const { client, key, recoveryWords } = await Sealpost.registerServiceAccount({
      service,
      loginId,
      keep,
      key: begun!,
    });
    expect(recoveryWords).toBeUndefined();
    expect(kept.at(-1)).toEqual(key);
    await client.close();
    await (await Sealpost.open({ key })).logout();
  });
});

describe('the key file', () => {
  it('the key file is refused where others can read it, where it is a link, and where it is no key', async () => {
    const path = newFile();
    await writeServiceKey(path, await newService());
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await expect(writeServiceKey(path, await newService())).rejects.toThrow('exists already');
    const refusals: [string, (file: string) => Promise<unknown>, string][] = [
      ['readable by the group', (file) => chmod(file, 0o640), 'chmod 600'],
      ['readable by all', (file) => chmod(file, 0o604), 'chmod 600'],
      ['executable', (file) => chmod(file, 0o700), 'chmod 600'],
      ['a link', (file) => rm(file).then(() => symlink(path, file)), 'symbolic link'],
      ['missing', (file) => rm(file), 'does not exist'],
      ['no key', (file) => writeFile(file, '{"format":"sealpost-service-key-v1"}'), 'not the key'],
      ['empty', (file) => writeFile(file, ''), 'not the key'],
    ];
    for (const [, spoil, reason] of refusals) {
      const file = newFile();
      await copyFile(path, file);
      await spoil(file);
      const refusal = readServiceKey(file);
      await expect(refusal).rejects.toMatchObject({ code: 'service-key.refused' });
      await expect(refusal).rejects.toThrow(reason);
    }
    expect((await readServiceKey(path)).loginId).toMatch(/^service-/);
  });

  it('the key file says nothing of its content where it is malformed', async () => {
    const text = JSON.stringify({ format: 'sealpost-service-key-v1', key: 'c2VjcmV0', loginId: 'somebody' });
    expect(() => decodeServiceKey(text)).toThrow(/^This is not the key of a service account$/);
  });
});

describe('the command line', () => {
  it('the command line makes a service account, and acts as one without a profile', async () => {
    const alice = await newPerson(server, 'alice');
    const path = newFile();
    const loginId = newName();
    const made = await create(loginId, path);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout.match(/\b\d+ [a-z]+/g)?.length).toBeGreaterThanOrEqual(24);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(made.stdout).not.toContain((await readServiceKey(path)).key);

    await alice.client.send(loginId, 'Hello machine');
    const inbox = await sealpost('inbox', '--json', '--service-key', path);
    expect(inbox).toMatchObject({ code: 0, stderr: '' });
    expect(inbox.stdout).toContain('Hello machine');
    expect(await sealpost('inbox', '--json', '--service-key', path)).toMatchObject({ code: 0, stdout: '' });
    expect(await sealpost('send', alice.loginId, '-m', 'Hello Alice', '--service-key', path)).toMatchObject({
      code: 0,
    });
    expect(await readTexts(alice.client)).toEqual(expect.arrayContaining(['Hello Alice']));
    await expect(stat(join(folder, 'profile'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('the command line overwrites no key, and leaves none behind of an account that was refused', async () => {
    const path = newFile();
    const loginId = newName();
    await create(loginId, path);
    const before = await readFile(path, 'utf8');
    expect(await create(newName(), path)).toMatchObject({ code: 1, stderr: expect.stringContaining('exists already') });
    expect(await readFile(path, 'utf8')).toBe(before);
    const other = newFile();
    expect(await create(loginId, other)).toMatchObject({ code: 3, stderr: expect.stringContaining('login-id-taken') });
    await expect(stat(other)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('the command line refuses a key file that others can read', async () => {
    const path = newFile();
    await writeServiceKey(path, await newService());
    await chmod(path, 0o644);
    expect(await sealpost('inbox', '--service-key', path)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('chmod 600'),
    });
  });
});
