import { describe, expect, it } from '@jest/globals';
import type { InboxReceipt, Sealpost } from '@sealpost/client';
import { encodeBase64Url, uuidV7 } from '@sealpost/protocol';
import { randomBytes } from 'node:crypto';
import { newestOf } from '../../packages/client/src/trust/chain.js';
import { generateSeeds } from '../../packages/client/src/crypto/user-keys.js';
import { sealBox } from '../../packages/client/src/envelope/seal.js';
import { call, sharedServer, waitFor } from '../support/index.js';
import {
  newDevice,
  newPeople,
  outcomeOf,
  pinnedChain,
  readInbox,
  readMessages,
  readTexts,
  receiptsOf,
  recording,
  restarted,
  type Person,
  type SeenExchange,
} from '../support/sdk.js';

const server = await sharedServer();

/** Two who are no strangers to each other. */
async function two(): Promise<[Person, Person]> {
  const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
  await alice.client.contacts.accept(bob.loginId);
  await bob.client.contacts.accept(alice.loginId);
  return [alice, bob];
}

/** Reads until a receipt has come. */
function nextReceipts(client: Sealpost): Promise<InboxReceipt[]> {
  return waitFor(async () => {
    const receipts = receiptsOf(await readInbox(client));
    return receipts.length > 0 && receipts;
  });
}

const sends = (seen: readonly SeenExchange[]): SeenExchange[] =>
  seen.filter(({ method, path }) => method === 'POST' && path.startsWith('/v1/messages'));

/** A device with a record of what it sends. */
async function watched(person: Person): Promise<{ client: Sealpost; seen: SeenExchange[] }> {
  const seen: SeenExchange[] = [];
  await person.client.close();
  return { client: await restarted(server, person, { fetch: recording(seen) }), seen };
}

describe('Receipts', () => {
  it('receipts are not sent where nobody has allowed them', async () => {
    const [alice, bob] = await two();
    await alice.client.send(bob.loginId, 'Quietly');
    const { client, seen } = await watched(bob);
    const messages = await readMessages(client);
    await client.receipts.markRead(messages);
    await client.receipts.flush();
    expect(messages).toHaveLength(1);
    expect(sends(seen)).toEqual([]);
    expect(await client.receipts.policy()).toEqual({});
  });

  it('receipts say that messages were handed over, many messages in one receipt', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ delivered: true });
    const ids: string[] = [];
    for (const text of ['one', 'two', 'three']) ids.push((await alice.client.send(bob.loginId, text)).messageId);
    const { client, seen } = await watched(bob);
    const messages = await readMessages(client);
    expect(messages.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    const [receipt] = await nextReceipts(alice.client);
    expect(receipt).toMatchObject({
      kind: 'receipt',
      receipt: 'delivered',
      messageIds: ids,
      unknownMessageIds: [],
      sender: { userId: bob.client.userId },
      own: false,
      events: [],
    });
    expect(sends(seen)).toHaveLength(1);
    // What is read need not be said; that was not allowed.
    await client.receipts.markRead(messages);
    await client.receipts.flush();
    expect(sends(seen)).toHaveLength(1);
  });

  it('receipts say that messages were read when the program says so, and the user allows it', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ read: true });
    const { messageId } = await alice.client.send(bob.loginId, 'Read this');
    const messages = await readMessages(bob.client);
    await bob.client.receipts.flush();
    expect(receiptsOf(await readInbox(alice.client))).toEqual([]);
    await bob.client.receipts.markRead(messages);
    await bob.client.receipts.flush();
    expect(await nextReceipts(alice.client)).toMatchObject([{ receipt: 'read', messageIds: [messageId] }]);
  });

  it('receipts are not sent for an entry that was not taken', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ delivered: true });
    await alice.client.send(bob.loginId, 'Looked at');
    const { client, seen } = await watched(bob);
    for await (const entry of client.inbox()) {
      expect(entry).toMatchObject({ text: 'Looked at' });
      break;
    }
    expect(await readTexts(client, { after: 0 })).toEqual(['Looked at']);
    await client.receipts.flush();
    expect(sends(seen)).toEqual([]);
  });

  it('receipts are for others, for messages, and for senders that have proven who they are', async () => {
    const [alice, bob] = await two();
    for (const { client } of [alice, bob]) await client.receipts.allow({ delivered: true, read: true });
    for (const suite of ['box', 'sealed-box'] as const) await alice.client.send(bob.loginId, suite, { suite });
    await alice.client.send(bob.loginId, 'Signed');
    const reader = await watched(bob);
    await reader.client.receipts.markRead(await readMessages(reader.client));
    await reader.client.receipts.flush();
    expect(sends(reader.seen)).toHaveLength(2);
    const sender = await watched(alice);
    const receipts = await nextReceipts(sender.client);
    expect(receipts.flatMap(({ receipt, messageIds }) => messageIds.map(() => receipt)).sort()).toEqual([
      'delivered',
      'read',
    ]);
    await sender.client.receipts.flush();
    expect(sends(sender.seen)).toEqual([]);
  });
});

describe('What the user allows', () => {
  it('what the user allows is decided in general, and for contacts and conversations, where a no counts more than a yes', async () => {
    const [alice, bob] = await two();
    const { receipts } = bob.client;
    const conversationId = uuidV7(Date.now(), randomBytes(10));
    await receipts.allow({ delivered: true });
    await receipts.allow({ delivered: false }, { conversationId });
    await alice.client.send(bob.loginId, 'Not to be acknowledged', { conversationId });
    await alice.client.send(bob.loginId, 'To be acknowledged');
    const [, second] = await readMessages(bob.client);
    await receipts.flush();
    expect(await nextReceipts(alice.client)).toMatchObject([{ messageIds: [second?.messageId] }]);
    await receipts.allow({ delivered: false }, { contact: alice.loginId });
    await receipts.allow({ delivered: true }, { conversationId });
    expect(await receipts.policy({ contact: alice.loginId })).toEqual({ delivered: false });
    await alice.client.send(bob.loginId, 'Not any more', { conversationId });
    const { client, seen } = await watched(bob);
    expect((await readInbox(client)).map(outcomeOf)).toEqual(['delivered', 'Not any more']);
    await client.receipts.flush();
    expect(sends(seen)).toEqual([]);
    const both = client.receipts.allow({}, { contact: alice.loginId, conversationId });
    await expect(both).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });

  it('what the user allows counts when the receipt is sent, not when it was noted', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ read: true });
    await alice.client.send(bob.loginId, 'Second thoughts');
    const { client, seen } = await watched(bob);
    const messages = await readMessages(client);
    await client.receipts.allow({ read: false });
    await client.receipts.markRead(messages);
    await client.receipts.allow({ read: true });
    await client.receipts.markRead(messages);
    await client.receipts.allow({ read: false });
    await client.receipts.flush();
    expect(sends(seen)).toEqual([]);
  });
});

describe('A receipt that cannot be sent', () => {
  it('a receipt that cannot be sent does not disturb reading, is nobody’s business, and goes when the network is back', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ delivered: true });
    const { messageId } = await alice.client.send(bob.loginId, 'Hello');
    await bob.client.close();
    const offline = await restarted(server, bob, {
      fetch: async (input, init) => {
        if (init?.method === 'POST') throw new TypeError('fetch failed');
        return fetch(input, init);
      },
    });
    expect(await readTexts(offline)).toEqual(['Hello']);
    await offline.receipts.flush();
    expect(await readTexts(offline)).toEqual([]);
    expect(await offline.outbox.list()).toEqual([]);
    await offline.close();
    const online = await restarted(server, bob);
    expect(await readTexts(online)).toEqual([]);
    expect(await nextReceipts(alice.client)).toMatchObject([{ receipt: 'delivered', messageIds: [messageId] }]);
    await online.send(alice.loginId, 'The conversation goes on');
    expect(await readMessages(alice.client)).toMatchObject([{ text: 'The conversation goes on', events: [] }]);
  });

  it('a receipt that cannot be sent survives the end of the program before it was sealed', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ delivered: true });
    const { messageId } = await alice.client.send(bob.loginId, 'Hello');
    expect(await readTexts(bob.client)).toEqual(['Hello']);
    await bob.client.close();
    const again = await restarted(server, bob);
    expect(await readTexts(again)).toEqual([]);
    expect(await nextReceipts(alice.client)).toMatchObject([{ messageIds: [messageId] }]);
  });

  it('a receipt that cannot be sent is given up where there is nobody who could read it, and holds up no other', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ read: true });
    await alice.client.send(bob.loginId, 'Hello');
    const messages = await readMessages(bob.client);
    const gone = { ...messages[0]!, sender: { userId: uuidV7(Date.now(), randomBytes(10)) } };
    await bob.client.receipts.markRead([gone, ...messages]);
    await bob.client.receipts.flush();
    expect(await nextReceipts(alice.client)).toMatchObject([{ receipt: 'read' }]);
    await bob.client.receipts.flush();
    expect((await bob.storage.keys('receipt-due/')).length).toBe(0);
  });
});

describe('A receipt that comes', () => {
  it('a receipt that comes counts only for messages that went to who acknowledges them', async () => {
    const [alice, bob, carol] = (await newPeople(server, ['alice', 'bob', 'carol'])) as [Person, Person, Person];
    for (const reader of [bob, carol]) await reader.client.contacts.accept(alice.loginId);
    await bob.client.receipts.allow({ read: true });
    await alice.client.send(bob.loginId, 'For Bob');
    const toCarol = await alice.client.send(carol.loginId, 'For Carol');
    const [message] = await readMessages(bob.client);
    const foreign = { ...message!, messageId: toCarol.messageId };
    await bob.client.receipts.markRead([message!, foreign]);
    await bob.client.receipts.flush();
    expect(await nextReceipts(alice.client)).toMatchObject([
      { messageIds: [message!.messageId], unknownMessageIds: [toCarol.messageId] },
    ]);
  });

  it('a receipt that comes counts on the user’s other devices, and shows on those of who sent it', async () => {
    const [alice, bob] = await two();
    await bob.client.receipts.allow({ delivered: true });
    const { messageId } = await alice.client.send(bob.loginId, 'Hello');
    const tablet = await newDevice(server, alice);
    const phone = await newDevice(server, bob);
    await readInbox(bob.client);
    await bob.client.receipts.flush();
    expect(await nextReceipts(tablet)).toMatchObject([{ own: false, messageIds: [messageId] }]);
    expect(receiptsOf(await readInbox(phone))).toMatchObject([
      {
        own: true,
        receipt: 'delivered',
        messageIds: [messageId],
        recipients: expect.arrayContaining([alice.client.userId]),
      },
    ]);
  });

  it('a receipt that comes is refused where nobody has signed it', async () => {
    const [alice, bob] = await two();
    const { messageId } = await alice.client.send(bob.loginId, 'Hello');
    await bob.client.contacts.get(alice.loginId);
    const recipient = newestOf(await pinnedChain(alice, alice.client.userId));
    const sender = newestOf(await pinnedChain(bob, bob.client.userId));
    const id = uuidV7(Date.now(), randomBytes(10));
    const conversationId = uuidV7(Date.now(), randomBytes(10));
    const { ciphertext } = sealBox({
      suite: 'sealed-box',
      messageId: id,
      conversationId,
      sender: { ...sender, seeds: generateSeeds() },
      recipients: [recipient],
      contentType: 'application/vnd.sealpost.receipt+json',
      content: new TextEncoder().encode(JSON.stringify({ kind: 'read', messageIds: [messageId] })),
    });
    const sent = await call(server, 'POST', '/v1/messages', {
      token: await bob.client.sessions.accessToken(),
      body: {
        id,
        conversationId,
        suite: 'sealed-box',
        senderKeyVersion: 1,
        recipients: [{ userId: alice.client.userId, keyVersion: 1 }],
        ciphertext: encodeBase64Url(ciphertext),
      },
    });
    expect(sent.status).toBe(201);
    const entries = await readInbox(alice.client);
    expect(entries.at(-1)).toMatchObject({ kind: 'refused', error: { code: 'message.wrong-receipt' } });
  });

  it('a receipt that comes cannot be made with send()', async () => {
    const [alice, bob] = await two();
    const contentType = 'application/vnd.sealpost.receipt+json';
    const sending = alice.client.send(bob.loginId, { contentType, body: '{"kind":"read","messageIds":[]}' });
    await expect(sending).rejects.toMatchObject({ code: 'client.invalid-argument' });
  });
});
