import { beforeEach, describe, expect, it } from '@jest/globals';
import { Installation, type SentMessage } from '../../../../test/support/installations.js';
import { freshUuid, Party } from '../../../../test/support/parties.js';
import { alice, bob, bobs, conversationId, phone } from './testing/conversation.js';

/** A third member of the conversation, who signs whatever they like. */
let mallory: Party;
let mallorys: Installation;
let everybody: Party[];

beforeEach(() => {
  mallory = new Party();
  mallorys = new Installation(mallory);
  everybody = [alice, bob, mallory];
});

const say = (): SentMessage => phone.send(conversationId, everybody);

describe('The streamId of another member', () => {
  it('a member who writes in the streamId of another takes nothing away from that member, whosoever message a device reads first', () => {
    const [first, second] = [say(), say()];
    const { streamId } = first.position;
    const taken = mallorys.send(conversationId, everybody, { streamId });
    const laptop = new Installation(bob);
    for (const message of [taken, first, second, say()]) expect(laptop.receive(message)).toEqual([]);
    for (const message of [first, taken, second, say()]) bobs.receive(message);
    expect(bobs.receive(say())).toEqual([]);
  });

  it('a member who writes in the streamId of another has nothing to do with a stream of that id in another conversation', () => {
    const first = say();
    const elsewhere = mallorys.send(freshUuid(), everybody, { streamId: first.position.streamId });
    expect(bobs.receive(elsewhere)).toEqual([]);
    expect(bobs.receive(first)).toEqual([]);
  });

  it('a member who writes in the streamId of another does not keep others from answering, nor from naming both heads in turn', () => {
    const first = say();
    const taken = mallorys.send(conversationId, everybody, { streamId: first.position.streamId });
    for (const message of [first, taken]) bobs.receive(message);
    const answers = [0, 1, 2].map(() => bobs.send(conversationId, everybody));
    expect(answers.map(({ position }) => position.dependencies.map(({ hash }) => hash))).toEqual([
      [first.hash],
      [taken.hash],
      [],
    ]);
    for (const message of [taken, ...answers]) expect(phone.receive(message)).toEqual([]);
  });

  it('a member who writes in the streamId of another does not keep the owner of the stream from writing on', () => {
    const first = say();
    const taken = mallorys.send(conversationId, everybody, { streamId: first.position.streamId });
    phone.receive(taken);
    const next = say();
    expect(next.position).toMatchObject({ streamId: first.position.streamId, seq: 2 });
    for (const message of [first, taken, next]) expect(bobs.receive(message)).toEqual([]);
  });
});

describe('Heads that never were', () => {
  const accuse = (streamId: string, seq: number): SentMessage =>
    mallorys.send(conversationId, everybody, {
      position: { dependencies: [{ streamId, seq, hash: new Uint8Array(32).fill(7) }] },
    });

  it('a member who names heads that never were is named as the one who says so', () => {
    const first = say();
    const { streamId } = first.position;
    bobs.receive(first);
    const namedBy = mallory.userId;
    expect(bobs.receive(accuse(streamId, 2))).toEqual([{ type: 'withheld', streamId, seq: 2, namedBy }]);
    expect(bobs.receive(accuse(streamId, 1))).toEqual([{ type: 'disputed', streamId, seq: 1, namedBy }]);
  });

  it('a member who names heads that never were is named beside the message that comes to the place, which is no fork', () => {
    const [first, second] = [say(), say()];
    const { streamId } = first.position;
    bobs.receive(first);
    bobs.receive(accuse(streamId, 2));
    expect(bobs.receive(second)).toEqual([{ type: 'disputed', streamId, seq: 2, namedBy: mallory.userId }]);
    expect(bobs.receive(say())).toEqual([]);
  });

  it('a member who names heads that never were does not make the accused begin a new stream', () => {
    const first = say();
    const { streamId } = first.position;
    const namedBy = mallory.userId;
    expect(phone.receive(accuse(streamId, 1))).toEqual([{ type: 'disputed', streamId, seq: 1, namedBy }]);
    expect(phone.receive(accuse(streamId, 9))).toEqual([{ type: 'disputed', streamId, seq: 9, namedBy }]);
    expect(say().position).toMatchObject({ streamId, seq: 2, prevHash: first.hash });
  });

  it('a member who names heads that never were says nothing about streams of other conversations', () => {
    const elsewhere = phone.send(freshUuid(), [alice, bob]);
    const { streamId } = elsewhere.position;
    bobs.receive(elsewhere);
    expect(bobs.receive(accuse(streamId, 1))).toEqual([
      { type: 'withheld', streamId, seq: 1, namedBy: mallory.userId },
    ]);
  });
});
