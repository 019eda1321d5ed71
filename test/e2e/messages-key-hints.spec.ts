import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson, KeyChainJson, MailboxEntryJson } from '@sealpost/protocol';
import {
  expectOk,
  registerUser,
  rotateRequest,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
} from '../support/index.js';
import { eraseAccount } from '../support/account-api.js';
import { EventStreamReader } from '../support/event-stream.js';
import { rotateKeys } from '../support/keys-api.js';
import { sendMessage } from '../support/messages-api.js';

describe('Newest keys in a mailbox', () => {
  let server: TestServer;
  let bob: TestUser;

  beforeAll(async () => {
    server = await startServer();
    bob = await registerUser(server);
  });

  const get = <T>(path: string): Promise<T> => expectOk<T>(server, 'GET', path, { token: bob.token });

  const send = async (sender: TestUser): Promise<string> => {
    const body = unreadableMessage(sender.identity, [bob.identity]);
    expect((await sendMessage(server, sender, body)).status).toBe(201);
    return body.id;
  };

  const rotate = async (user: TestUser): Promise<TestUser> => {
    const { request, rotated } = rotateRequest(user.identity);
    expect((await rotateKeys(server, user, request)).status).toBe(201);
    return { ...user, identity: rotated };
  };

  /** Everything in which entries of Bob's mailbox are shown. */
  const shown = async (id: string): Promise<readonly (readonly MailboxEntryJson[])[]> => {
    const whole = (await get<InboxJson>('/v1/messages?limit=100')).items;
    const conversationId = whole.find((entry) => entry.id === id)?.conversationId;
    const stream = await EventStreamReader.open(server, { token: bob.token });
    const streamed = await stream.arrived(whole.length);
    stream.close();
    const conversation = await get<InboxJson>(`/v1/messages?wait=1&conversationId=${conversationId}`);
    return [whole, streamed, conversation.items, [await get<MailboxEntryJson>(`/v1/messages/${id}`)]];
  };

  const hintsOf = async (id: string): Promise<(number | undefined)[]> =>
    (await shown(id)).map((entries) => entries.find((entry) => entry.id === id)?.senderNewestKeyVersion);

  it('what a mailbox says of newest keys is nothing while those that were used are the newest, and their number afterwards', async () => {
    const alice = await registerUser(server);
    const first = await send(alice);
    expect(await hintsOf(first)).toEqual([undefined, undefined, undefined, undefined]);
    const rotated = await rotate(alice);
    const second = await send(rotated);
    expect(await hintsOf(first)).toEqual([2, 2, 2, 2]);
    expect(await hintsOf(second)).toEqual([undefined, undefined, undefined, undefined]);
    await rotate(rotated);
    expect([await hintsOf(first), await hintsOf(second)]).toEqual([
      [3, 3, 3, 3],
      [3, 3, 3, 3],
    ]);
  });

  it('what a mailbox says of newest keys is about each sender’s own', async () => {
    const [alice, carol] = [await registerUser(server), await registerUser(server)];
    const [ofAlice, ofCarol] = [await send(alice), await send(carol)];
    await rotate(alice);
    expect([(await hintsOf(ofAlice))[0], (await hintsOf(ofCarol))[0]]).toEqual([2, undefined]);
  });

  it('the key statements that a mailbox names stay when a sender is erased', async () => {
    const alice = await registerUser(server);
    const id = await send(alice);
    const rotated = await rotate(alice);
    expect((await eraseAccount(server, rotated)).status).toBe(204);
    expect((await hintsOf(id))[0]).toBe(2);
    const { items: statements } = await get<KeyChainJson>(`/v1/users/${alice.userId}/keys?after=1`);
    expect(statements.map(({ version }) => version)).toEqual([2]);
  });
});
