import { describe, expect, it } from '@jest/globals';

import { Installation } from '../../../../test/support/installations.js';
import { freshUuid, Party } from '../../../../test/support/parties.js';
import { EMPTY_STREAMS, STREAM_LIMITS } from './stream-state.js';
import { alice, bob, bobs, conversationId, phone, reply, say } from './testing/conversation.js';

describe('A withheld message', () => {
  it('a withheld message is shown where somebody has seen what has not arrived here, and comes late without an event', () => {
    const carol = new Party();
    const carols = new Installation(carol);
    const everybody = [alice, bob, carol];
    const withheld = phone.send(conversationId, everybody);
    carols.receive(withheld);
    const { streamId } = withheld.position;
    const namedBy = carol.userId;
    expect(bobs.receive(carols.send(conversationId, everybody))).toEqual([
      { type: 'withheld', streamId, seq: 1, namedBy },
    ]);
    expect(bobs.receive(withheld)).toEqual([]);
    expect(bobs.state.awaited).toEqual({});
  });

  it('a withheld message is shown within a stream that is known', () => {
    const carol = new Party();
    const carols = new Installation(carol);
    const everybody = [alice, bob, carol];
    const [first, second] = [phone.send(conversationId, everybody), phone.send(conversationId, everybody)];
    bobs.receive(first);
    carols.receive(first);
    carols.receive(second);
    expect(bobs.receive(carols.send(conversationId, everybody))).toEqual([
      { type: 'withheld', streamId: first.position.streamId, seq: 2, namedBy: carol.userId },
    ]);
  });

  it('a withheld message is none where it is an own message', () => {
    bobs.receive(phone.send(conversationId, [bob]));
    expect(phone.receive(bobs.send(conversationId, [alice, bob]))).toEqual([]);
  });

  it('a withheld message is none where it is an own message whose fate is not known here yet', () => {
    const plan = phone.plan(conversationId, [alice, bob]);
    bobs.receive(phone.hand(plan));
    expect(phone.receive(reply())).toEqual([]);
  });

  it('a withheld message is remembered for a bounded number per sender who named it', () => {
    const carol = new Party();
    const carols = new Installation(carol);
    for (let round = 0; round < STREAM_LIMITS.awaitedPerSender + 10; round++) {
      const hidden = new Installation(alice).send(conversationId, [alice, bob, carol]);
      carols.receive(hidden);
      bobs.receive(carols.send(conversationId, [alice, bob, carol]));
    }
    expect(bobs.state.awaited[carol.userId]).toHaveLength(STREAM_LIMITS.awaitedPerSender);
  }, 120_000);
});

describe('Sending', () => {
  it('sending names at most 16 heads, those waiting longest, sorted, and the others with the next message', () => {
    const crowd = Array.from({ length: 18 }, () => new Party());
    const everybody = [alice, bob, ...crowd];
    const messages = crowd.map((party) => new Installation(party).send(conversationId, everybody));
    for (const message of messages) bobs.receive(message);
    const [first, second] = [bobs.send(conversationId, everybody), bobs.send(conversationId, everybody)];
    const named = [first, second].map(({ position }) => position.dependencies.map(({ streamId }) => streamId));
    expect(named[0]).toEqual(
      messages
        .slice(0, 16)
        .map(({ position }) => position.streamId)
        .sort(),
    );
    expect(named[1]).toEqual(
      messages
        .slice(16)
        .map(({ position }) => position.streamId)
        .sort(),
    );
  }, 120_000);

  it('sending goes into another stream while a message of the first is on its way', () => {
    const plan = phone.plan(conversationId, [alice, bob]);
    const first = phone.hand(plan);
    const second = say();
    expect(second.position).toMatchObject({ seq: 1 });
    expect(second.position.streamId).not.toBe(first.position.streamId);
    phone.confirm(plan);
    for (const message of [second, first]) expect(bobs.receive(message)).toEqual([]);
    expect(bobs.receive(say())).toEqual([]);
  });

  it('sending after a crash goes into another stream, until the copy shows that the message was taken', () => {
    const plan = phone.plan(conversationId, [alice, bob]);
    const lost = phone.hand(plan);
    const restarted = phone.clone();
    expect(restarted.send(conversationId, [alice, bob]).position.streamId).not.toBe(lost.position.streamId);
    expect(phone.receive(lost)).toEqual([]);
    const next = say();
    expect(next.position).toMatchObject({ streamId: lost.position.streamId, seq: 2 });
    expect(next.position.prevHash).toEqual(lost.hash);
  });

  it('sending gives the place of a refused message to the next one, with the heads that it would have named', () => {
    const first = say();
    phone.receive(reply());
    const plan = phone.plan(conversationId, [alice, bob]);
    phone.hand(plan);
    phone.abandon(plan);
    const next = say();
    expect(next.position).toMatchObject({ streamId: first.position.streamId, seq: 2 });
    expect(next.position.dependencies).toEqual(plan.position.dependencies);
    expect(plan.position.dependencies).toHaveLength(1);
  });

  it('sending forgets a stream whose only message was refused', () => {
    const plan = phone.plan(conversationId, [alice, bob]);
    phone.hand(plan);
    phone.abandon(plan);
    expect(phone.state.streams).toEqual(EMPTY_STREAMS.streams);
  });

  it('sending is settled once: what comes later changes nothing', () => {
    const plan = phone.plan(conversationId, [alice, bob]);
    const message = phone.hand(plan);
    phone.receive(message);
    const { state } = phone;
    phone.confirm(plan);
    expect(phone.state).toBe(state);
    phone.abandon(plan);
    expect(phone.state).toBe(state);
  });

  it('sending leaves the state of others untouched, so that a store can tell what has changed', () => {
    const other = freshUuid();
    phone.send(other, [alice, bob]);
    const before = phone.state.streams;
    say();
    for (const [key, stream] of Object.entries(before)) expect(phone.state.streams[key]).toBe(stream);
  });
});
