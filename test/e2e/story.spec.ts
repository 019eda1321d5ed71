import { beforeAll, describe, expect, it } from '@jest/globals';
import { startServer, type TestServer } from '../support/index.js';
import { newDevice, newPerson, readMessages, readTexts, type Person } from '../support/sdk.js';

const SUITES = ['sealpost-v1', 'box', 'sealed-box'] as const;

describe('Two people', () => {
  let server: TestServer;
  let alice: Person;
  let bob: Person;

  beforeAll(async () => {
    server = await startServer();
    alice = await newPerson(server, 'alice');
    bob = await newPerson(server, 'bob');
  });

  it('Alice writes to Bob and he reads it in every suite, on the device where he registered and on another one', async () => {
    const phone = await newDevice(server, bob);
    for (const suite of SUITES) await alice.client.send(bob.loginId, `In ${suite}`, { suite });
    for (const device of [bob.client, phone]) {
      const messages = await readMessages(device);
      expect(messages.map(({ text }) => text)).toEqual(SUITES.map((suite) => `In ${suite}`));
      expect(messages.map(({ senderProof }) => senderProof)).toEqual(['signature', 'shared-key', 'none']);
      expect(messages.every(({ sender }) => sender.userId === alice.client.userId)).toBe(true);
      expect(messages.flatMap(({ events }) => events)).toEqual([]);
    }
  });

  it('Alice writes to Bob and he answers, and both see the same safety number', async () => {
    await bob.client.send(alice.loginId, 'I can read you');
    expect(await readTexts(alice.client)).toEqual(['In sealpost-v1', 'I can read you']);
    const number = await alice.client.contacts.safetyNumber(bob.loginId);
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
    expect(await bob.client.contacts.safetyNumber(alice.loginId)).toBe(number);
  });

  it('Alice writes to Bob and after five rotations on each side every generation of messages is still readable', async () => {
    const expected: string[] = [];
    const reader = await newDevice(server, bob);
    await readTexts(reader);
    for (let generation = 1; generation <= 6; generation++) {
      if (generation > 1) {
        expect((await bob.client.keys.rotate()).version).toBe(generation);
        expect((await alice.client.keys.rotate()).version).toBe(generation);
      }
      for (const suite of SUITES) {
        const text = `Generation ${generation} in ${suite}`;
        await alice.client.send(bob.loginId, text, { suite });
        expected.push(text);
      }
    }
    const messages = await readMessages(reader);
    const fromAlice = messages.filter(({ own }) => !own);
    expect(fromAlice.map(({ text }) => text)).toEqual(expected);
    expect(fromAlice.map(({ sender }) => sender.keyVersion)).toEqual([1, 2, 3, 4, 5, 6].flatMap((v) => [v, v, v]));
  });

  it('Alice writes to Bob and a fresh device with nothing but the password reads everything from the beginning', async () => {
    const kept = await readTexts(bob.client, { after: 0 });
    expect(kept).toHaveLength(3 + 1 + 18);
    const fresh = await newDevice(server, bob);
    const messages = await readMessages(fresh);
    expect(messages.map(({ text }) => text)).toEqual(kept);
    // It has pinned the newest keys before it sees the older messages.
    const superseded = messages.filter(({ events }) => events.some(({ type }) => type === 'superseded-key'));
    expect(superseded.every(({ sender }) => sender.keyVersion < 6)).toBe(true);
    expect(messages.flatMap(({ events }) => events).filter(({ type }) => type !== 'superseded-key')).toEqual([]);
    expect((await fresh.keys.list()).map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('Alice writes to Bob and bytes of any kind arrive as they were sent', async () => {
    const body = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 256);
    await alice.client.send({ loginId: bob.loginId }, { contentType: 'image/png', body });
    await alice.client.send(bob.client.userId, new Uint8Array(0));
    const [picture, empty] = await readMessages(await newDevice(server, bob), { after: 22 });
    expect(picture).toMatchObject({ contentType: 'image/png' });
    expect(picture?.text).toBeUndefined();
    expect(picture?.content).toEqual(body);
    expect(empty).toMatchObject({ contentType: 'application/octet-stream', content: new Uint8Array(0) });
  });
});

describe('A group of three', () => {
  it('a group of three shares one message, and every member can answer all others', async () => {
    const server = await startServer();
    const [ann, ben, cem] = [
      await newPerson(server, 'ann'),
      await newPerson(server, 'ben'),
      await newPerson(server, 'cem'),
    ];
    await ann.client.send([ben.loginId, cem.loginId], 'Shall we meet?');
    expect(await readTexts(ben.client)).toEqual(['Shall we meet?']);
    const { conversationId } = await ben.client.send([ann.loginId, cem.loginId], 'At noon');
    const [first, second] = await readMessages(cem.client);
    expect([first?.text, second?.text]).toEqual(['Shall we meet?', 'At noon']);
    expect([first?.conversationId, second?.conversationId]).toEqual([conversationId, conversationId]);
    expect([...(second?.recipients ?? [])].sort()).toEqual(
      [ann.client.userId, ben.client.userId, cem.client.userId].sort(),
    );
    expect([first, second].flatMap((message) => message?.events)).toEqual([]);
  });
});
