import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Fetch } from '@sealpost/client';
import type { BlocksJson, InboxJson } from '@sealpost/protocol';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  lying,
  lyingMailbox,
  newPeople,
  outcomeOf,
  readInbox,
  readTexts,
  restarted,
  type Person,
} from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const people = (...names: string[]): Promise<Person[]> => newPeople(server, names);

describe('Answers to something else', () => {
  it('a server that answers something else than was asked hands over no entry of another conversation, on pages and over a stream', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    const conversationId = '0190b5ea-1111-7111-8111-111111111111';
    await alice.client.send(bob.loginId, 'Elsewhere');
    const unfiltered: Fetch = (input, init) => {
      const url = new URL(input instanceof Request ? input.url : input);
      url.searchParams.delete('conversationId');
      return fetch(url, init);
    };
    const client = await restarted(server, bob, { fetch: unfiltered });
    for (const options of [{}, { wait: true }, { wait: true, transport: 'stream' }] as const) {
      const reading = readInbox(client, { conversationId, ...options });
      await expect(reading).rejects.toMatchObject({ code: 'client.bad-answer' });
    }
    expect(await readTexts(await restarted(server, bob))).toEqual(['Elsewhere']);
  });

  it.each([Number.MAX_SAFE_INTEGER, 2 ** 32, 1000])(
    'a server that answers something else than was asked cannot lead an inbox astray by one wrong number: %d',
    async (far) => {
      const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
      for (const text of ['one', 'two']) await alice.client.send(bob.loginId, text);
      for await (const entry of bob.client.inbox()) {
        await entry.done();
        break;
      }
      const fetch = lyingMailbox((entries) => entries.map((entry) => ({ ...entry, sequence: far })));
      expect(await readTexts(await restarted(server, bob, { fetch }))).toEqual(['two']);
      await alice.client.send(bob.loginId, 'three');
      const client = await restarted(server, bob);
      await expect(readTexts(client)).rejects.toMatchObject({ code: 'client.mailbox-rewound' });
      const entries = await readInbox(client);
      expect(entries.map(outcomeOf)).toEqual(['message.replay', 'three']);
      await alice.client.send(bob.loginId, 'four');
      expect(await readTexts(client)).toEqual(['four']);
    },
  );

  it.each(['the same page', 'pages without anything', 'blocks without end'])(
    'a server that answers something else than was asked does not keep a list of blocks going: %s',
    async (what) => {
      const [alice] = (await people('alice')) as [Person];
      let pages = 0;
      const idOf = (n: number) => `0190b5ea-1111-7111-8111-${String(n).padStart(12, '0')}`;
      const fetch = lying(/GET \/v1\/blocks/, (): BlocksJson => {
        const first = what === 'the same page' ? 0 : pages * 1000;
        pages++;
        const ids = Array.from({ length: 200 }, (_, index) => idOf(first + index));
        const blocks = what === 'pages without anything' ? [] : ids.map((userId) => ({ userId, blockedAt: 1 }));
        return { items: blocks, next: ids.at(-1)! };
      });
      const client = await restarted(server, alice, { fetch });
      await expect(client.contacts.blocked()).rejects.toMatchObject({ code: 'client.bad-answer' });
      expect(await (await restarted(server, alice)).contacts.blocked()).toEqual([]);
    },
  );

  it('a mailbox whose end is named wrongly by the server is read all the same', async () => {
    const [alice, bob] = (await people('alice', 'bob')) as [Person, Person];
    await alice.client.send(bob.loginId, 'one');
    const far = lying(/GET \/v1\/messages\?/, (page: InboxJson) => ({
      ...page,
      lastSequence: Number.MAX_SAFE_INTEGER,
    }));
    expect(await readTexts(await restarted(server, bob, { fetch: far }))).toEqual(['one']);
    await alice.client.send(bob.loginId, 'two');
    expect(await readTexts(await restarted(server, bob))).toEqual(['two']);
  });
});
