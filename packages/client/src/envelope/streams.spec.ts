import { describe, expect, it } from '@jest/globals';

import { Installation, type SentMessage } from '../../../../test/support/installations.js';
import { freshUuid, Party } from '../../../../test/support/parties.js';
import { streamKey } from './stream-record.js';
import { STREAM_LIMITS } from './stream-state.js';
import { alice, bob, bobs, conversationId, phone, reply, say } from './testing/conversation.js';

/** Under which a message's stream is known. */
const keyOf = ({ senderId, conversationId: conversation, position }: SentMessage): string =>
  streamKey({ streamId: position.streamId, senderId, conversationId: conversation });

describe('An undisturbed conversation', () => {
  it('a conversation in which nothing goes wrong shows no event on any device', () => {
    const laptop = new Installation(alice);
    for (let round = 0; round < 3; round++) {
      for (const message of [say(), reply(), laptop.send(conversationId, [alice, bob])]) {
        for (const installation of [phone, laptop, bobs]) expect(installation.receive(message)).toEqual([]);
      }
    }
  });

  it('a conversation in which nothing goes wrong goes on in one stream, whose messages follow each other', () => {
    const [first, second, third] = [say(), say(), say()];
    expect([first, second, third].map(({ position }) => position.seq)).toEqual([1, 2, 3]);
    expect(new Set([first, second, third].map(({ position }) => position.streamId)).size).toBe(1);
    expect(second.position.prevHash).toEqual(first.hash);
    expect(third.position.prevHash).toEqual(second.hash);
  });

  it('a conversation in which nothing goes wrong names the heads of the streams seen since, each once', () => {
    const first = say();
    bobs.receive(first);
    const second = say();
    bobs.receive(second);
    const { streamId, seq } = second.position;
    expect(reply().position.dependencies).toEqual([{ streamId, seq, hash: second.hash }]);
    expect(reply().position.dependencies).toEqual([]);
  });

  it('a conversation in which nothing goes wrong does not name what was said to others', () => {
    const carol = new Party();
    bobs.receive(phone.send(conversationId, [alice, bob, carol]));
    expect(reply().position.dependencies).toEqual([]);
    bobs.receive(phone.send(freshUuid(), [alice, bob]));
    expect(reply().position.dependencies).toEqual([]);
  });

  it('a conversation in which nothing goes wrong has a stream of its own for each set of recipients and each installation', () => {
    const streamIds = [
      say(),
      phone.send(conversationId, [bob]),
      phone.send(freshUuid(), [alice, bob]),
      new Installation(alice).send(conversationId, [alice, bob]),
    ].map(({ position }) => position.streamId);
    expect(new Set(streamIds).size).toBe(4);
  });

  it('a conversation in which nothing goes wrong survives being written down and read again after each message', () => {
    for (let round = 0; round < 3; round++) {
      for (const message of [say(), reply()]) {
        for (const installation of [phone, bobs]) {
          expect(installation.receive(message)).toEqual([]);
          installation.state = JSON.parse(JSON.stringify(installation.state)) as typeof installation.state;
        }
      }
    }
  });
});

describe('A new device', () => {
  it('a new device that reads everything from the beginning shows nothing missing', () => {
    const history = [say(), say(), reply(), say()];
    const laptop = new Installation(alice);
    for (const message of history) expect(laptop.receive(message)).toEqual([]);
  });

  it('a new device shows that history is missing where the first message it sees is not the first', () => {
    say();
    say();
    const third = say();
    expect(bobs.receive(third)).toEqual([{ type: 'history-missing', streamId: third.position.streamId, firstSeq: 3 }]);
    expect(bobs.receive(say())).toEqual([]);
  });

  it('a new device cites what it saw of the older device of the same user', () => {
    const first = say();
    const laptop = new Installation(alice);
    laptop.receive(first);
    const message = laptop.send(conversationId, [alice, bob]);
    expect(message.position.dependencies.map(({ streamId }) => streamId)).toEqual([first.position.streamId]);
    bobs.receive(first);
    expect(bobs.receive(message)).toEqual([]);
  });
});

describe('A gap', () => {
  it('a gap is shown once, and filled silently by the late messages in whatever order', () => {
    const messages = [say(), say(), say(), say(), say()];
    const [first, second, third, fourth, fifth] = messages as [
      SentMessage,
      SentMessage,
      SentMessage,
      SentMessage,
      SentMessage,
    ];
    const { streamId } = first.position;
    bobs.receive(first);
    expect(bobs.receive(fifth)).toEqual([{ type: 'gap', streamId, fromSeq: 2, toSeq: 4 }]);
    expect(bobs.receive(third)).toEqual([]);
    expect(bobs.receive(fourth)).toEqual([]);
    expect(bobs.receive(second)).toEqual([]);
    expect(bobs.state.streams[keyOf(first)]?.runs).toMatchObject([{ first: 1, last: 5 }]);
    expect(bobs.receive(say())).toEqual([]);
  });

  it('a gap still shows a late message that the next one does not follow', () => {
    const first = say();
    const twin = phone.clone();
    const [second, third] = [say(), say()];
    const forged = twin.send(conversationId, [alice, bob], { contentType: 'text/forged' });
    bobs.receive(first);
    bobs.receive(third);
    expect(forged.position).toEqual(second.position);
    expect(bobs.receive(forged)).toEqual([{ type: 'fork', streamId: second.position.streamId, seq: 2 }]);
  });

  it('a gap keeps at most so many holes, and then refuses what comes too late for the oldest', () => {
    const messages = Array.from({ length: 2 * STREAM_LIMITS.runsPerStream + 5 }, () => say());
    const odd = messages.filter((_message, index) => index % 2 === 0);
    for (const message of odd) bobs.receive(message);
    expect(Object.values(bobs.state.streams)[0]?.runs).toHaveLength(STREAM_LIMITS.runsPerStream);
    expect(bobs.refusal(messages[1])).toBe('replay');
    expect(bobs.receive(messages.at(-4) ?? say())).toEqual([]);
  }, 120_000);
});

describe('A replay', () => {
  it('a replay is refused, however long ago the message came', () => {
    const messages = Array.from({ length: STREAM_LIMITS.recentPerStream + 3 }, () => say());
    for (const message of messages) bobs.receive(message);
    for (const message of messages) expect(bobs.refusal(message)).toBe('replay');
    bobs.state = { ...bobs.state, accepted: {} };
    for (const message of messages) expect(bobs.refusal(message)).toBe('replay');
  });

  it('a replay is refused also for one’s own copies', () => {
    const message = say();
    expect(phone.receive(message)).toEqual([]);
    expect(phone.refusal(message)).toBe('replay');
  });

  it('a replay is refused where the same sender gives another message the same id', () => {
    const message = say();
    bobs.receive(message);
    const other = phone.send(freshUuid(), [bob], { messageId: message.messageId });
    expect(bobs.refusal(other)).toBe('replay');
  });

  it.each(['box', 'sealed-box'] as const)('a replay of suite %s is refused', (suite) => {
    const message = phone.sendBox(conversationId, bob, suite);
    expect(bobs.receive(message)).toEqual([]);
    expect(bobs.refusal(message)).toBe('replay');
  });

  it('a replay of somebody else’s id is none', () => {
    const message = say();
    bobs.receive(message);
    const carols = new Installation(new Party());
    expect(bobs.receive(carols.send(conversationId, [bob], { messageId: message.messageId }))).not.toContainEqual(
      expect.objectContaining({ type: 'fork' }),
    );
  });

  it('a replay cannot be provoked by claiming an id in somebody else’s name', () => {
    const message = say();
    const claimed = phone.sendBox(conversationId, bob, 'sealed-box', message.messageId);
    expect(bobs.receive(claimed)).toEqual([]);
    expect(bobs.receive(message)).toEqual([]);
    expect(bobs.refusal(claimed)).toBe('replay');
  });

  it('a replay is remembered for a bounded number of ids per sender', () => {
    for (let round = 0; round < STREAM_LIMITS.acceptedPerSender + 10; round++) bobs.note(phone, freshUuid());
    expect(bobs.state.accepted[alice.userId]?.['shared-key']).toHaveLength(STREAM_LIMITS.acceptedPerSender);
  });
});

describe('A stream', () => {
  it('a stream is forgotten only for the streams of the same sender, those silent longest first', () => {
    const first = say();
    bobs.receive(first);
    const carols = new Installation(new Party());
    const old = carols.send(conversationId, [bob]);
    bobs.receive(old);
    for (let round = 0; round < STREAM_LIMITS.streamsPerSender; round++) {
      bobs.receive(carols.send(freshUuid(), [bob]));
    }
    expect(Object.keys(bobs.state.streams)).toHaveLength(STREAM_LIMITS.streamsPerSender + 1);
    expect(bobs.state.streams).toHaveProperty([keyOf(first)]);
    expect(bobs.state.streams).not.toHaveProperty([keyOf(old)]);
  }, 120_000);
});
