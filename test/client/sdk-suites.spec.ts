import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import type { ChallengeJson } from '@sealpost/protocol';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  lying,
  newDevice,
  newPeople,
  outcomeOf,
  readInbox,
  readMessages,
  restarted,
  type Person,
} from '../support/sdk.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

const SUITES = ['sealpost-v1', 'box', 'sealed-box'] as const;
const service = () => ({ url: server.url, serviceId: server.serviceId });

describe('Messages without a signature', () => {
  it('messages without a signature are refused by a client that was not told to open them, and lost for nobody', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    for (const suite of SUITES) await alice.client.send(bob.loginId, suite, { suite });
    const reader = await Sealpost.open({ service: service(), storage: bob.storage.reopen() });
    const entries = await readInbox(reader);
    expect(entries.map(outcomeOf)).toEqual(['sealpost-v1', 'message.suite-not-accepted', 'message.suite-not-accepted']);
    expect(entries[1]).toMatchObject({
      claimed: { senderId: alice.client.userId },
      error: { reason: 'suite-not-accepted' },
    });
    await reader.close();
    const one = await restarted(server, bob, { acceptSuites: ['sealpost-v1', 'box'] });
    expect((await readInbox(one, { after: 1 })).map(outcomeOf)).toEqual(['box', 'message.suite-not-accepted']);
    const all = await restarted(server, bob, { acceptSuites: SUITES });
    expect((await readInbox(all, { after: 1 })).map(outcomeOf)).toEqual(['box', 'sealed-box']);
  });

  it('messages without a signature are nobody’s for certain: neither a verified contact’s nor one’s own', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    const number = await bob.client.contacts.safetyNumber(alice.loginId);
    await bob.client.contacts.verify(alice.loginId, number);
    for (const suite of SUITES) await alice.client.send(bob.loginId, suite, { suite });
    const verified = (await readMessages(bob.client)).map(({ suite, sender }) => [suite, sender.verified]);
    expect(verified).toEqual([
      ['sealpost-v1', true],
      ['box', false],
      ['sealed-box', false],
    ]);
    const toSelf = (await newPeople(server, ['carol']))[0]!;
    for (const suite of SUITES) await toSelf.client.send(toSelf.loginId, suite, { suite });
    const own = (await readMessages(toSelf.client)).map(({ own: mine, sender }) => [mine, sender.verified]);
    expect(own).toEqual([
      [true, true],
      [false, false],
      [false, false],
    ]);
  });

  it('messages without a signature are no reason to start where the suites are none', async () => {
    const [alice] = (await newPeople(server, ['alice'])) as [Person];
    for (const acceptSuites of [[], ['nonsense'], ['box', 'box']] as unknown as (typeof SUITES)[]) {
      await expect(restarted(server, alice, { acceptSuites })).rejects.toMatchObject({
        code: 'client.invalid-argument',
      });
    }
  });
});

describe('A minimum of the password suite', () => {
  it('a program that asks for a minimum of the password suite derives nothing at the first log-in with what a server names below it', async () => {
    const [alice] = (await newPeople(server, ['alice'])) as [Person];
    const logIn = (fetch: typeof globalThis.fetch, minimumSuite: number): Promise<Sealpost> =>
      Sealpost.open({
        service: { ...service(), minimumSuite },
        loginId: alice.loginId,
        password: alice.password,
        fetch,
      });
    const lowered = lying(/POST \/v1\/auth\/challenge/, (answer: ChallengeJson) => ({ ...answer, suite: 1 }));
    await expect(logIn(lowered, 2)).rejects.toMatchObject({ code: 'login.suite-lowered' });
    await expect(logIn(fetch, 3)).rejects.toMatchObject({ code: 'client.invalid-argument' });
    expect((await newDevice(server, alice)).userId).toBe(alice.client.userId);
  });
});
