import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  call,
  callForProblem,
  expectOk,
  freshUuid,
  registerUser,
  sharedServer,
  unreadableMessage,
  type RunningServer,
} from '../support/index.js';
import { newDevice, newPeople, readMessages, readTexts, receiptsOf, readInbox, type Person } from '../support/sdk.js';
import { callAsOwner } from '../support/signing-proof.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const three = async (): Promise<[Person, Person, Person]> =>
  (await newPeople(server, ['alice', 'bob', 'mallory'])) as [Person, Person, Person];

describe('A user who is blocked', () => {
  it('a user who is blocked is answered as ever, and reaches everybody but the one who has blocked them', async () => {
    const [alice, bob, mallory] = await three();
    await mallory.client.send(alice.loginId, 'before');
    expect(await readTexts(alice.client)).toEqual(['before']);
    await alice.client.contacts.block(mallory.client.userId);
    await mallory.client.send(alice.loginId, 'one');
    await mallory.client.send([alice.loginId, bob.loginId], 'two');
    await mallory.client.sendMany([{ to: alice.loginId, content: 'three' }]);
    await bob.client.send(alice.loginId, 'hello');
    expect(await readTexts(alice.client)).toEqual(['hello']);
    expect(await readTexts(bob.client)).toEqual(['two', 'hello']);
    expect((await readTexts(mallory.client)).sort()).toEqual(['before', 'one', 'three', 'two']);
    await alice.client.contacts.unblock(mallory.client.userId);
    await mallory.client.send(alice.loginId, 'again');
    expect(await readTexts(alice.client)).toEqual(['again']);
  });

  it('a user who is blocked cannot tell it from the answers, nor from those to a repetition or to another message of the same id', async () => {
    const [mallory, alice, bob] = [await registerUser(server), await registerUser(server), await registerUser(server)];
    expect((await callAsOwner(server, alice, 'PUT', `/v1/blocks/${mallory.userId}`)).status).toBe(204);
    const answers = [];
    for (const recipient of [alice, bob]) {
      const first = unreadableMessage(mallory.identity, [recipient.identity]);
      const sent = await call(server, 'POST', '/v1/messages', { token: mallory.token, body: first });
      const again = await call(server, 'POST', '/v1/messages', { token: mallory.token, body: first });
      const changed = unreadableMessage(mallory.identity, [recipient.identity], { id: first.id });
      const other = await call(server, 'POST', '/v1/messages', { token: mallory.token, body: changed });
      expect(JSON.parse(again.text)).toEqual(JSON.parse(sent.text));
      const next = await call(server, 'POST', '/v1/messages', {
        token: mallory.token,
        body: unreadableMessage(mallory.identity, [recipient.identity]),
      });
      const sequences = [sent, next].map(({ text }) => (JSON.parse(text) as Sent).deliveries[0]?.sequence);
      answers.push({ statuses: [sent, again, other, next].map(({ status }) => status), sequences });
    }
    expect(answers[0]).toEqual(answers[1]);
    const page = await expectOk(server, 'GET', '/v1/messages', { token: alice.token });
    expect(page).toMatchObject({ items: [], lastSequence: 2 });
  });

  it('a user who is blocked is blocked on all devices of the one who has blocked them, and listed', async () => {
    const [alice, , mallory] = await three();
    const { userId } = mallory.client;
    await alice.client.contacts.block(mallory.loginId);
    await alice.client.sharedState.sync();
    const laptop = await newDevice(server, alice);
    expect(await laptop.contacts.blocked()).toEqual([userId]);
    expect(await laptop.contacts.get(userId)).toMatchObject({ trust: 'blocked' });
    await expect(alice.client.contacts.block(alice.client.userId)).rejects.toMatchObject({
      code: 'client.invalid-argument',
    });
  });
});

describe('A decision about somebody', () => {
  const DAY_MS = 24 * 60 * 60 * 1000;

  it('a decision about somebody is the last one, though it was made on a device whose clock is behind that of another one', async () => {
    const [alice, bob, mallory] = await three();
    const ahead = await newDevice(server, alice, { now: () => Date.now() + 400 * DAY_MS });
    await ahead.contacts.block(mallory.loginId);
    const number = await ahead.contacts.safetyNumber(bob.loginId);
    await ahead.contacts.verify(bob.loginId, number);
    await ahead.sharedState.sync();
    await alice.client.sharedState.sync();
    expect(await alice.client.contacts.get(mallory.client.userId)).toMatchObject({ trust: 'blocked' });
    await alice.client.contacts.unblock(mallory.loginId);
    await alice.client.sharedState.sync();
    await ahead.sharedState.sync();
    for (const device of [ahead, alice.client, await newDevice(server, alice)]) {
      expect(await device.contacts.get(mallory.client.userId)).toMatchObject({ trust: 'accepted' });
      expect(await device.contacts.blocked()).toEqual([]);
      expect(await device.contacts.get(bob.client.userId)).toMatchObject({ verifiedVersion: 1 });
    }
  });
});

interface Sent {
  readonly deliveries: readonly { readonly sequence: number }[];
}

describe('The list of blocked users', () => {
  it('the list of blocked users comes page by page, and is nobody else’s', async () => {
    const owner = await registerUser(server);
    const { token, identity } = owner;
    const others = [await registerUser(server), await registerUser(server), await registerUser(server)];
    const ids = others.map(({ userId }) => userId).sort();
    for (const id of [...ids, ...ids]) {
      expect((await callAsOwner(server, owner, 'PUT', `/v1/blocks/${id}`)).status).toBe(204);
    }
    const first = await expectOk(server, 'GET', '/v1/blocks?limit=2', { token });
    expect(first).toMatchObject({ items: [{ userId: ids[0] }, { userId: ids[1] }], next: ids[1] });
    const rest = await expectOk(server, 'GET', `/v1/blocks?limit=2&after=${ids[1]}`, { token });
    expect(rest).toEqual({ items: [{ userId: ids[2], blockedAt: expect.any(Number) }] });
    for (const id of [ids[2], ids[2]]) {
      expect((await callAsOwner(server, owner, 'DELETE', `/v1/blocks/${id}`)).status).toBe(204);
    }
    const self = await callForProblem(server, 'PUT', `/v1/blocks/${identity.userId}`, { token });
    expect(self).toMatchObject({ status: 400, code: 'request.invalid' });
    const nobody = await callForProblem(server, 'PUT', `/v1/blocks/${freshUuid()}`, { token });
    expect(nobody).toMatchObject({ status: 404, code: 'keys.user-not-found' });
  });
});

describe('The first message of a stranger', () => {
  it('the first message of a stranger is a request, to which no receipt goes, until the user accepts', async () => {
    const [alice, bob] = await three();
    await alice.client.receipts.allow({ delivered: true, read: true });
    await bob.client.send(alice.loginId, 'You do not know me');
    const [message] = await readMessages(alice.client);
    expect(message).toMatchObject({ request: true });
    await alice.client.receipts.markRead(message === undefined ? [] : [message]);
    await alice.client.receipts.flush();
    expect(receiptsOf(await readInbox(bob.client))).toEqual([]);
    expect(await alice.client.contacts.accept(bob.client.userId)).toMatchObject({ trust: 'accepted' });
    await bob.client.send(alice.loginId, 'Thank you');
    expect((await readMessages(alice.client))[0]).not.toHaveProperty('request');
    await alice.client.receipts.flush();
    expect(receiptsOf(await readInbox(bob.client))).toHaveLength(1);
  });

  it('a first message from people to whom the user has written, on any device, is no request', async () => {
    const [alice, bob] = await three();
    await alice.client.send(bob.loginId, 'Hello');
    await bob.client.send(alice.loginId, 'Hello yourself');
    const laptop = await newDevice(server, alice);
    for (const client of [alice.client, laptop]) {
      const answer = (await readMessages(client)).find(({ own }) => !own);
      expect(answer).toMatchObject({ text: 'Hello yourself' });
      expect(answer).not.toHaveProperty('request');
    }
  });
});
