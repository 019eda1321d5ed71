import { randomInt } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxJson, SendRequestJson } from '@sealpost/protocol';
import {
  call,
  freshUuid,
  registerUser,
  startServer,
  type TestServer,
  type TestUser,
  unreadableMessage,
  waitFor,
} from '../support/index.js';
import { failuresOf } from '../support/chaos.js';
import { startReplica } from '../support/replica.js';

const USERS = 5;
const WORKERS = 12;
const ROUNDS = 40;
/** Everything that a client may rightly be told here. 409: an id that another message has got. */
const EXPECTED = new Set([200, 201, 204, 404, 409, 422]);

interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

describe('Crossing operations on two replicas', () => {
  let servers: readonly [TestServer, TestServer];
  let users: TestUser[];
  /** Messages to be sent again, by somebody else at the same time or with other recipients. */
  const sent: { readonly sender: TestUser; readonly body: SendRequestJson }[] = [];
  const statuses = new Map<number, number>();

  beforeAll(async () => {
    const env = { SEALPOST_DELETE_AFTER_ACK_SECONDS: '0' };
    const first = await startServer({ env });
    servers = [first, await startReplica(first, { env })];
    users = await Promise.all(Array.from({ length: USERS }, () => registerUser(first)));
  });

  const anyOf = <T>(list: readonly T[]): T => list[randomInt(list.length)]!;
  const someUsers = () => users.filter(() => randomInt(2) === 0);

  async function ask(user: TestUser, { method, path, body }: Step): Promise<unknown> {
    const answer = await call(anyOf(servers), method, path, {
      token: user.token,
      ...(body === undefined ? {} : { body }),
    });
    if (!EXPECTED.has(answer.status)) {
      const logged = JSON.stringify(servers.flatMap((server) => failuresOf(server)));
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}; logged: ${logged}`);
    }
    statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    return answer.body;
  }

  function message(sender: TestUser, id = freshUuid()): SendRequestJson {
    const recipients = someUsers();
    const identities = (recipients.length > 0 ? recipients : users).map(({ identity }) => identity);
    const body = unreadableMessage(sender.identity, identities, { id, bodyBytes: 64 });
    return randomInt(3) === 0 ? { ...body, expiresInSeconds: 1 } : body;
  }

  /** The same message twice, or two messages of one id, or many at once. */
  async function send(sender: TestUser): Promise<void> {
    const body = message(sender);
    sent.push({ sender, body });
    const again = anyOf(sent);
    const other = { ...again, body: message(again.sender, again.body.id) };
    await Promise.all([
      ask(sender, { method: 'POST', path: '/v1/messages', body }),
      ask(again.sender, { method: 'POST', path: '/v1/messages', body: again.body }),
      ask(other.sender, { method: 'POST', path: '/v1/messages', body: other.body }),
      ask(sender, {
        method: 'POST',
        path: '/v1/messages/batch',
        body: { messages: [message(sender), body, message(sender), message(sender, again.body.id)] },
      }),
    ]);
  }

  async function tidyUp(user: TestUser): Promise<void> {
    const { items: entries, lastSequence } = (await ask(user, {
      method: 'GET',
      path: '/v1/messages?limit=20',
    })) as InboxJson;
    await Promise.all([
      ...entries
        .slice(0, 3)
        .flatMap(({ id }) => [
          ask(user, { method: 'DELETE', path: `/v1/messages/${id}` }),
          ask(anyOf(users), { method: 'DELETE', path: `/v1/messages/${id}` }),
        ]),
      ask(user, { method: 'POST', path: '/v1/messages/ack', body: { upTo: randomInt(lastSequence + 2) } }),
    ]);
  }

  interface Books {
    readonly messages: number;
    readonly bytes: number;
    readonly entries: number;
    readonly size: number;
    readonly newest: number;
    readonly last: number;
  }

  /** What each mailbox says of itself, and what is in it. */
  const books = () =>
    servers[0].sql<Books>(`
      SELECT mailbox.messages::int, mailbox.bytes::int, mailbox.last_sequence::int AS last, count(entry)::int AS entries,
             coalesce(sum(octet_length(message.ciphertext)), 0)::int AS size, coalesce(max(entry.sequence), 0)::int AS newest
        FROM mailboxes AS mailbox
        LEFT JOIN mailbox_entries AS entry USING (user_id)
        LEFT JOIN messages AS message ON message.id = entry.message_id
       GROUP BY mailbox.user_id`);

  it('sends, deletions, acknowledgements and sweeps that cross each other are all answered, whoever a deadlock hits, and end in mailboxes whose books are right', async () => {
    const work = Array.from({ length: WORKERS }, async (_, worker) => {
      for (let round = 0; round < ROUNDS; round++) {
        const user = users[(worker + round) % USERS]!;
        await (worker % 3 === 0 ? tidyUp(user) : send(user));
      }
    });
    await Promise.all(work);
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 204, 409]));
    for (const book of await books()) {
      expect(book).toMatchObject({ messages: book.entries, bytes: book.size });
      expect(book.newest).toBeLessThanOrEqual(book.last);
    }
    for (const server of servers) expect(failuresOf(server)).toEqual([]);
  });

  it('sends, deletions, acknowledgements and sweeps that cross each other leave nothing behind once everything is acknowledged', async () => {
    for (const user of users) {
      const { lastSequence } = (await ask(user, { method: 'GET', path: '/v1/messages?limit=1' })) as InboxJson;
      await ask(user, { method: 'POST', path: '/v1/messages/ack', body: { upTo: lastSequence } });
    }
    await waitFor(async () => (await books()).every(({ entries }) => entries === 0), {
      what: 'the sweeps',
      timeoutMs: 40_000,
    });
    for (const { messages, bytes } of await books()) expect({ messages, bytes }).toEqual({ messages: 0, bytes: 0 });
    for (const server of servers) expect(failuresOf(server)).toEqual([]);
  });
});
