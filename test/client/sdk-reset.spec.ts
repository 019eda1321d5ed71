import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, RecoveredKeysWarning, Sealpost, type Fetch } from '@sealpost/client';
import type { KeyChainJson, ResetClaimJson, UserJson } from '@sealpost/protocol';
import { CommandLine, jsonLines } from '../support/command-line.js';
import { startServer, waitFor } from '../support/index.js';
import type { TestServer } from '../support/index.js';
import { MailPeople } from '../support/mail-people.js';
import { MailServer } from '../support/mail-server.js';
import { serviceProblem } from '../support/service-answers.js';
import { exchangeOf, losing, lying, newPerson, outcomeOf, readInbox, readTexts, restarted } from '../support/sdk.js';

const commandLine = await CommandLine.create();
let mail: MailServer;
let server: TestServer;
let people: MailPeople;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startServer({ env: mail.settings() });
  people = new MailPeople(server, mail);
});

const service = () => ({ url: server.url, serviceId: server.serviceId });

async function warningOf(bob: Sealpost, userId: string): Promise<RecoveredKeysWarning> {
  const { warning } = await bob.contacts.get(userId);
  if (warning instanceof RecoveredKeysWarning) return warning;
  throw new Error('There is no warning');
}

describe('a reset without any secret', () => {
  it('a reset without any secret blocks every contact, both ways, until they accept; old messages stay closed', async () => {
    const [alice, bob] = [await people.newPerson('alice'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'before');
    expect(await readTexts(alice.client)).toEqual(['before']);
    await alice.client.send(bob.loginId, 'from the old keys');
    expect(await readTexts(bob.client)).toContain('from the old keys');
    const number = await bob.client.contacts.safetyNumber(alice.loginId);
    await bob.client.contacts.verify(alice.loginId, number);

    await alice.client.sharedState.sync();
    const { client: again, recoveryWords } = await people.reset(alice);
    // What was shared under the lost vault key is gone with it.
    expect(await again.sharedState.sync()).toMatchObject({ stateVersion: 1 });
    expect([again.userId, recoveryWords.split(' ').length]).toEqual([alice.client.userId, 24]);
    expect((await readInbox(again)).map(({ kind }) => kind)).toEqual(['refused', 'refused']);

    // What her new keys have signed is not taken for hers, and nothing goes to them.
    await again.send(bob.loginId, 'it is me');
    const [entry] = await readInbox(bob.client);
    expect([entry?.kind, outcomeOf(entry!)]).not.toContain('it is me');
    await expect(bob.client.send(alice.loginId, 'secret')).rejects.toThrow(RecoveredKeysWarning);

    const warning = await warningOf(bob.client, again.userId);
    expect(warning).toMatchObject({ version: 2, userId: again.userId });
    expect(await bob.client.contacts.accept(warning)).toMatchObject({ keyVersion: 2, verified: false });
    expect(await bob.client.contacts.safetyNumber(again.userId)).not.toBe(number);
    await bob.client.send(alice.loginId, 'welcome back');
    expect((await readInbox(again)).map(outcomeOf)).toContain('welcome back');
  });

  it('a reset without any secret is finished where the answer got lost, with the words that open it', async () => {
    const alice = await people.newPerson('lost');
    const { client, recoveryWords } = await people.reset(alice, { fetch: losing(/POST \/v1\/auth\/reset$/, 1) });
    expect((await client.keys.list()).map(({ version }) => version)).toEqual([1, 2]);
    const recovered = await Sealpost.recover({
      service: service(),
      loginId: alice.loginId,
      recoveryWords,
      newPassword: 'a third password',
    });
    expect(recovered.userId).toBe(client.userId);
  });

  it('a reset without any secret keeps its words until they are handed over, also where a challenge has run out', async () => {
    const alice = await people.newPerson('outrun');
    const storage = new MemoryStorage();
    const kept: unknown[] = [];
    const fetch: Fetch = async (input, init) => {
      if (exchangeOf(input, init).path !== '/v1/auth/reset') return globalThis.fetch(input, init);
      const begun = JSON.parse((await storage.get('begun-account')) ?? '{}') as { recoveryWords?: string };
      kept.push(begun.recoveryWords);
      const isFirst = kept.length === 1;
      return isFirst ? serviceProblem(server.serviceId, 401, 'auth.challenge-refused') : globalThis.fetch(input, init);
    };
    const { recoveryWords } = await people.reset(alice, { storage, fetch });
    expect(kept).toEqual([recoveryWords, recoveryWords]);
    expect(await storage.keys('begun-account')).toEqual([]);
  });

  it('a reset without any secret on a device that knew the account keeps what was seen of others', async () => {
    const [alice, bob] = [await people.newPerson('again'), await newPerson(server, 'bob')];
    await alice.client.send(bob.loginId, 'hello');
    await alice.client.logout();
    await people.reset(alice, { storage: alice.storage.reopen() });
    const client = await restarted(server, alice);
    expect(await client.contacts.get(bob.client.userId)).toMatchObject({ loginId: bob.loginId });
    await client.send(bob.loginId, 'again');
    await client.keys.rotate();
    expect((await client.keys.list()).map(({ version }) => version)).toEqual([1, 2, 3]);
  });

  it('a reset without any secret can be called off by a device that is signed in', async () => {
    const alice = await people.newPerson('watchful');
    await Sealpost.requestReset({ service: service(), loginId: alice.loginId });
    const claimToken = await mail.tokenFor(alice.loginId);
    const told: unknown[] = [];
    alice.client.addEventListener('reset', ({ detail }) => told.push(detail));
    await waitFor(() => told.length === 1);
    expect(await alice.client.resets.list()).toEqual(told);
    expect(told).toMatchObject([{ requestedAt: expect.any(Number) }]);
    await alice.client.resets.cancel();
    expect(await alice.client.resets.list()).toEqual([]);
    const late = Sealpost.reset({
      service: service(),
      loginId: alice.loginId,
      claimToken,
      password: 'quite another passphrase',
    });
    await expect(late).rejects.toMatchObject({ code: 'auth.claim-refused' });
  });
});

describe('a server that forges a reset', () => {
  it('a server that forges a reset is caught: the forged keys are blocked, and nothing goes to them', async () => {
    const [alice, bob] = [await people.newPerson('victim'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'before');
    // It needs no claim to write what it likes: here with keys that it has made for itself.
    const forger = await people.reset(alice);
    await expect(bob.client.send(alice.loginId, 'for Alice only')).rejects.toThrow(RecoveredKeysWarning);
    expect((await warningOf(bob.client, alice.client.userId)).code).toBe('contact.keys-recovered');
    expect((await readInbox(forger.client)).map(({ kind }) => kind)).toEqual(['refused']);
  });

  it('a server that forges a reset cannot hide it from who has seen the keys of before: without the flag, or as the first version, it is refused', async () => {
    const [alice, bob] = [await people.newPerson('hidden'), await newPerson(server, 'bob')];
    await bob.client.send(alice.loginId, 'before');
    await people.reset(alice);
    const onlyNewest = (answer: UserJson | KeyChainJson) =>
      'items' in answer ? { items: answer.items.slice(-1) } : answer;
    const path = /GET \/v1\/users/;
    const lied = await restarted(server, bob, { fetch: lying(path, onlyNewest) });
    await expect(lied.send(alice.loginId, 'for Alice only')).rejects.toMatchObject({
      code: expect.stringMatching(/^contact\./),
    });
  });

  it('a server that forges a reset cannot have another service’s answer taken for the way to a token', async () => {
    const answer = (given: ResetClaimJson) => ({ ...given, proofs: ['secret-question'] });
    const asked = Sealpost.requestReset({
      service: service(),
      loginId: 'alice@example.org',
      fetch: lying(/POST \/v1\/auth\/reset\/claim/, answer),
    });
    await expect(asked).rejects.toMatchObject({ code: 'client.bad-answer' });
  });
});

describe('the command line', () => {
  it('the command line requests, shows, calls off and completes a reset', async () => {
    const loginId = `cli-${Date.now()}@example.org`;
    const where = ['--url', server.url, '--service-id', server.serviceId];
    const register = ['register', loginId, '--password-stdin', ...where];
    await commandLine.expectDone('old', register, 'passphrase of before\n');
    expect(await commandLine.expectDone('new', ['reset', 'request', loginId, ...where])).toBe(
      'If there is such an account, a claim token comes by mail.\n',
    );
    await mail.tokenFor(loginId);
    expect(await commandLine.expectDone('old', ['reset', 'pending'])).toMatch(
      /^asked for \S+Z {2}Node\.js {2}possible/,
    );
    expect(await commandLine.expectDone('old', ['reset', 'cancel'])).toContain('No reset');
    expect(await commandLine.expectDone('old', ['reset', 'pending'])).toBe('No reset of your account is pending.\n');

    await commandLine.expectDone('new', ['reset', 'request', loginId, ...where]);
    const token = await mail.tokenFor(loginId, 2);
    const complete = ['reset', 'complete', loginId, '--password-stdin', '--json', ...where];
    const exposed = await commandLine.run('new', [...complete, '--token', token], 'passphrase of afterwards\n');
    expect([exposed.code, exposed.stderr]).toEqual([2, expect.stringContaining('--token-file')]);
    expect(exposed.stderr).not.toContain(token);
    const wrong = await commandLine.run('new', complete, `${'A'.repeat(43)}\npassphrase of afterwards\n`);
    expect(jsonLines(wrong.stderr)).toMatchObject([{ error: { code: 'auth.claim-refused' } }]);
    const file = join(commandLine.folder, 'token');
    const inFile = [...complete, '--token-file', file];
    expect((await commandLine.run('new', inFile, 'passphrase of afterwards\n')).stderr).toContain('cannot be read');
    await writeFile(file, `${token}\n`, { mode: 0o600 });
    const done = await commandLine.expectDone('new', inFile, 'passphrase of afterwards\n');
    const [{ recoveryWords } = {}] = jsonLines(done);
    expect(String(recoveryWords).split(' ')).toHaveLength(24);
    expect(jsonLines(await commandLine.expectDone('new', ['account', '--json']))).toMatchObject([{ loginId }]);
    expect((await commandLine.run('new', ['reset', 'everything'])).code).toBe(2);
  });
});
