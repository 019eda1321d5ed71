import { beforeAll, describe, expect, it } from '@jest/globals';
import type { InboxEntry, RefusedEntry } from '@sealpost/client';
import { decodeBase64Url, encodeBase64Url, type MailboxEntryJson } from '@sealpost/protocol';
import { sharedServer, type RunningServer } from '../support/index.js';
import {
  newPeople,
  lyingMailbox,
  flipLast,
  newDevice,
  newPerson,
  readInbox,
  readMessages,
  readTexts,
  refusedOf,
  restarted,
  type Person,
} from '../support/sdk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const people = (...names: string[]): Promise<Person[]> => newPeople(server, names);

const codesOf = (entries: readonly RefusedEntry[]): string[] => entries.map(({ error }) => error.code);

describe('A server that changes the mailbox', () => {
  let alice: Person;
  let bob: Person;
  let cem: Person;
  beforeAll(async () => {
    [alice, bob, cem] = (await people('alice', 'bob', 'cem')) as [Person, Person, Person];
    for (const text of ['one', 'two', 'three']) await alice.client.send(bob.loginId, text);
  });

  /** What Bob sees on a new device. */
  async function bobReads(change: (entries: MailboxEntryJson[]) => readonly unknown[]): Promise<InboxEntry[]> {
    return readInbox(await newDevice(server, bob, { fetch: lyingMailbox(change) }));
  }

  it('a server that changes the mailbox cannot truncate or flip a byte of a message, and the others are still read', async () => {
    const truncate = (text: string): string => encodeBase64Url(decodeBase64Url(text)!.subarray(0, -40));
    for (const spoil of [truncate, flipLast, () => 'AQE']) {
      const entries = await bobReads(([one, two, three]) => [
        one,
        { ...two, ciphertext: spoil(two!.ciphertext) },
        three,
      ]);
      expect(entries.map(({ kind }) => kind)).toEqual(['message', 'refused', 'message']);
      expect(codesOf(refusedOf(entries))[0]).toMatch(/malformed|cannot-decrypt/);
      expect(refusedOf(entries)[0]?.claimed?.senderId).toBe(alice.client.userId);
      // The third one shows that one before it was not accepted.
      expect(entries[2]).toMatchObject({ text: 'three', events: [{ type: 'gap', fromSeq: 2, toSeq: 2 }] });
    }
  });

  it('a server that changes the mailbox cannot send an entry without form past the reader, nor stop them with it', async () => {
    const entries = await bobReads(([one, two, three]) => [one, { sequence: two?.sequence, id: 7 }, three]);
    expect(entries.map(({ kind }) => kind)).toEqual(['message', 'refused', 'message']);
    expect(codesOf(refusedOf(entries))).toEqual(['client.bad-answer']);
    expect(refusedOf(entries)[0]?.claimed).toBeUndefined();
  });

  it('a server that changes the mailbox cannot replay a message', async () => {
    const entries = await bobReads(([one, two, three]) => [one, two, three, { ...one, sequence: 99 }]);
    expect(entries.slice(0, 3).every(({ kind }) => kind === 'message')).toBe(true);
    expect(codesOf(refusedOf(entries))).toEqual([expect.stringMatching(/replay$/)]);
  });

  it('a server that changes the mailbox cannot pass a message off as another sender’s, or into another conversation', async () => {
    const conversationId = '0190b5ea-0000-7000-8000-000000000000';
    const entries = await bobReads(([one, two, three]) => [
      { ...one, senderId: cem.client.userId },
      { ...two, conversationId },
      { ...three, senderKeyVersion: 2 },
    ]);
    expect(entries.map(({ kind }) => kind)).toEqual(['refused', 'refused', 'refused']);
    const codes = codesOf(refusedOf(entries));
    expect(codes[0]).toMatch(/wrong-context|unknown-sender-key/);
    expect(codes[1]).toMatch(/wrong-context/);
    expect(codes[2]).toMatch(/unknown-sender-key/);
  });

  it('a server that changes the mailbox cannot hand a message to somebody it is not for', async () => {
    const stolen: MailboxEntryJson[] = [];
    await bobReads((entries) => {
      stolen.push(...entries);
      return entries;
    });
    await alice.client.send(cem.loginId, 'for Cem');
    const [asItIs, readdressed] = stolen;
    const recipients = [{ userId: cem.client.userId, keyVersion: 1 }];
    const fetch = lyingMailbox(([own]) => [
      { ...asItIs, sequence: 1 },
      { ...readdressed, sequence: 2, recipients },
      { ...own, sequence: 3 },
    ]);
    const entries = await readInbox(await newDevice(server, cem, { fetch }));
    expect(codesOf(refusedOf(entries))).toEqual([
      expect.stringMatching(/recipients-lack-own/),
      expect.stringMatching(/recipients-slots/),
    ]);
    expect(entries[2]).toMatchObject({ text: 'for Cem' });
  });

  it('a server that changes the mailbox cannot hide that it has left a message out, or turned the order round', async () => {
    const withheld = await bobReads(([one, , three]) => [one, three]);
    expect(withheld[1]).toMatchObject({ text: 'three', events: [{ type: 'gap', fromSeq: 2, toSeq: 2 }] });
    const first = await bobReads(([, two, three]) => [two, three]);
    expect(first[0]).toMatchObject({ text: 'two', events: [{ type: 'history-missing', firstSeq: 2 }] });
    const turned = await bobReads(([one, two, three]) => [
      one,
      { ...three, sequence: two?.sequence },
      { ...two, sequence: three?.sequence },
    ]);
    expect(turned[1]).toMatchObject({ text: 'three', events: [{ type: 'gap', fromSeq: 2, toSeq: 2 }] });
    expect(turned[2]).toMatchObject({ text: 'two', events: [] });
  });

  it('a server that changes the mailbox cannot go back in the order of the mailbox itself', async () => {
    const reading = bobReads(([one, two, three]) => [one, three, two]);
    await expect(reading).rejects.toMatchObject({ code: 'client.bad-answer' });
    const twice = bobReads(([one, two]) => [one, { ...two, sequence: one?.sequence }]);
    await expect(twice).rejects.toMatchObject({ code: 'client.bad-answer' });
  });

  it('a server that changes the mailbox cannot put another message where one was read before', async () => {
    const device = await newPerson(server, 'dora');
    await alice.client.send(device.loginId, 'first');
    await alice.client.send(device.loginId, 'second');
    expect(await readTexts(device.client)).toEqual(['first', 'second']);
    const fetch = lyingMailbox(([one, two]) => [{ ...two, sequence: one?.sequence }]);
    const again = await readInbox(await restarted(server, device, { fetch }), { after: 0 });
    expect(codesOf(refusedOf(again))).toEqual([expect.stringMatching(/replay$/)]);
  });
});

describe('A message kept from one member', () => {
  it('a server that keeps a message from one member of a group is given away by what the others have seen', async () => {
    const [alice, bob, cem] = (await people('alice', 'bob', 'cem')) as [Person, Person, Person];
    const sent = await alice.client.send([bob.loginId, cem.loginId], 'Only Bob gets this');
    expect(await readTexts(bob.client)).toEqual(['Only Bob gets this']);
    await bob.client.send([alice.loginId, cem.loginId], 'I agree');
    const fetch = lyingMailbox((entries) => entries.filter(({ id }) => id !== sent.messageId));
    const [answer] = await readMessages(await restarted(server, cem, { fetch }));
    expect(answer).toMatchObject({
      text: 'I agree',
      events: [{ type: 'withheld', seq: 1, namedBy: bob.client.userId }],
    });
  });
});
