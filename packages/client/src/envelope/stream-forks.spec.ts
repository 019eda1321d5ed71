import { describe, expect, it } from '@jest/globals';

import { Installation } from '../../../../test/support/installations.js';
import { freshUuid, Party } from '../../../../test/support/parties.js';
import { alice, bob, bobs, conversationId, phone, reply, say } from './testing/conversation.js';

describe('A fork', () => {
  it('a fork is shown where two messages claim the same place', () => {
    const twin = phone.clone();
    const message = say();
    const other = twin.send(conversationId, [alice, bob], { streamId: message.position.streamId });
    bobs.receive(message);
    expect(bobs.receive(other)).toEqual([{ type: 'fork', streamId: message.position.streamId, seq: 1 }]);
  });

  it('a fork is shown where a message does not follow the one that was seen', () => {
    const twin = phone.clone();
    const message = say();
    twin.send(conversationId, [alice, bob], { streamId: message.position.streamId });
    const second = twin.send(conversationId, [alice, bob]);
    bobs.receive(message);
    expect(bobs.receive(second)).toEqual([{ type: 'fork', streamId: message.position.streamId, seq: 2 }]);
  });

  it('a fork is shown where two messages follow the same one from different places', () => {
    const [first, second] = [say(), say()];
    bobs.receive(first);
    bobs.receive(second);
    const skipping = phone.send(conversationId, [alice, bob], { position: { seq: 5, prevHash: first.hash } });
    expect(bobs.receive(skipping)).toEqual([
      { type: 'gap', streamId: first.position.streamId, fromSeq: 3, toSeq: 4 },
      { type: 'fork', streamId: first.position.streamId, seq: 5 },
    ]);
  });

  it('a fork is shown where two messages follow the same unseen one from different places', () => {
    say();
    const [, third] = [say(), say()];
    const { streamId, prevHash } = third.position;
    bobs.receive(third);
    const skipping = phone.send(conversationId, [alice, bob], { position: { seq: 6, prevHash } });
    expect(bobs.receive(skipping)).toContainEqual({ type: 'fork', streamId, seq: 6 });
  });

  it('a fork is told by somebody who has seen another message in a place than this reader', () => {
    const carol = new Party();
    const carols = new Installation(carol);
    const everybody = [alice, bob, carol];
    const twin = phone.clone();
    const toBob = phone.send(conversationId, everybody);
    const toCarol = twin.send(conversationId, everybody, { streamId: toBob.position.streamId });
    bobs.receive(toBob);
    carols.receive(toCarol);
    const message = carols.send(conversationId, everybody);
    expect(bobs.receive(message)).toEqual([
      { type: 'disputed', streamId: toBob.position.streamId, seq: 1, namedBy: carol.userId },
    ]);
  });

  it('a fork is told by somebody who has named another message than the one that arrives late', () => {
    const carol = new Party();
    const carols = new Installation(carol);
    const everybody = [alice, bob, carol];
    const twin = phone.clone();
    const toBob = phone.send(conversationId, everybody);
    const toCarol = twin.send(conversationId, everybody, { streamId: toBob.position.streamId });
    carols.receive(toCarol);
    const { streamId } = toBob.position;
    const named = { streamId, seq: 1, namedBy: carol.userId };
    expect(bobs.receive(carols.send(conversationId, everybody))).toEqual([{ type: 'withheld', ...named }]);
    expect(bobs.receive(toBob)).toEqual([{ type: 'disputed', ...named }]);
    expect(bobs.receive(toCarol)).toEqual([{ type: 'fork', streamId, seq: 1 }]);
    expect(bobs.state.awaited).toEqual({});
  });

  it('a fork of one’s own stream, by a copy of this installation, ends the stream', () => {
    const first = say();
    const twin = phone.clone();
    const foreign = twin.send(conversationId, [alice, bob], { contentType: 'text/foreign' });
    expect(foreign.position).toMatchObject({ streamId: first.position.streamId, seq: 2 });
    phone.receive(first);
    expect(phone.receive(foreign)).toEqual([{ type: 'fork', streamId: first.position.streamId, seq: 2 }]);
    expect(say().position).toMatchObject({ seq: 1 });
    expect(say().position.streamId).not.toBe(first.position.streamId);
  });

  it('a fork of one’s own stream is told by somebody who has seen another message in the place of an own one', () => {
    const twin = phone.clone();
    const message = say();
    const { streamId } = message.position;
    const foreign = twin.send(conversationId, [alice, bob], { streamId });
    bobs.receive(foreign);
    expect(phone.receive(reply())).toEqual([{ type: 'disputed', streamId, seq: 1, namedBy: bob.userId }]);
    expect(phone.receive(foreign)).toEqual([{ type: 'fork', streamId, seq: 1 }]);
    expect(say().position.streamId).not.toBe(streamId);
  });
});

describe('A message encrypted anew', () => {
  it('a message encrypted anew after a key-version conflict is the same message: it is no fork, and either hash may follow', () => {
    const first = say();
    bob.rotate();
    const again = phone.resend(first);
    expect(again.hash).not.toEqual(first.hash);
    bobs.receive(first);
    expect(bobs.refusal(again)).toBe('replay');
    expect(say().position.prevHash).toEqual(again.hash);
    expect(bobs.receive(phone.lastSent)).toEqual([]);
  });

  it('a message encrypted anew after a key-version conflict is followed by the first hash where that is what the sender goes on with', () => {
    const first = say();
    const honest = phone.clone();
    bob.rotate();
    const again = phone.resend(first);
    bobs.receive(again);
    expect(bobs.refusal(first)).toBe('replay');
    expect(bobs.receive(honest.send(conversationId, [alice, bob]))).toEqual([]);
  });

  it('a message encrypted anew after a key-version conflict is a fork where anything else differs', () => {
    const first = say();
    const other = phone.resend(first, { contentType: 'text/other', messageId: freshUuid() });
    bobs.receive(first);
    expect(bobs.receive(other)).toContainEqual({ type: 'fork', streamId: first.position.streamId, seq: 1 });
  });

  it('a message encrypted anew after a key-version conflict comes back as one’s own copy in whichever encryption was taken', () => {
    const plan = phone.plan(conversationId, [alice, bob]);
    const first = phone.hand(plan);
    bob.rotate();
    const again = phone.hand(plan);
    expect(phone.receive(first)).toEqual([]);
    expect(say().position.prevHash).toEqual(first.hash);
    expect(again.hash).not.toEqual(first.hash);
  });
});

describe('A superseded key', () => {
  it('a superseded key is shown for what comes under a key older than the newest one known', () => {
    const old = say();
    alice.rotate();
    expect(bobs.receive(old)).toEqual([{ type: 'superseded-key', keyVersion: 1, newestVersion: 2 }]);
    expect(bobs.receive(say())).toEqual([]);
  });

  it('a superseded key is shown for the plain suites too', () => {
    const old = phone.sendBox(conversationId, bob, 'box');
    alice.rotate();
    expect(bobs.receive(old)).toEqual([{ type: 'superseded-key', keyVersion: 1, newestVersion: 2 }]);
  });

  it('a superseded key is shown where the version falls within a stream', () => {
    alice.rotate();
    bobs.receive(say());
    const old = phone.send(conversationId, [alice, bob], { keyVersion: 1 });
    expect(bobs.receive(old, 1)).toEqual([{ type: 'superseded-key', keyVersion: 1, newestVersion: 2 }]);
  });
});

describe('Changed participants', () => {
  it('changed participants are shown with the first message to others than before, whoever sends it', () => {
    const carol = new Party();
    bobs.receive(say());
    expect(bobs.receive(phone.send(conversationId, [alice, bob, carol]))).toEqual([
      { type: 'participants-changed', added: [carol.userId], removed: [] },
    ]);
    expect(bobs.receive(phone.send(conversationId, [alice, bob, carol]))).toEqual([]);
    expect(bobs.receive(say())).toEqual([{ type: 'participants-changed', added: [], removed: [carol.userId] }]);
  });

  it('changed participants are held against what one has sent oneself', () => {
    const carol = new Party();
    bobs.send(conversationId, [alice, bob]);
    expect(bobs.receive(phone.send(conversationId, [bob, carol]))).toContainEqual({
      type: 'participants-changed',
      added: [carol.userId],
      removed: [],
    });
  });

  it('changed participants are none where only the sender’s own copy comes or goes', () => {
    bobs.receive(say());
    expect(bobs.receive(phone.send(conversationId, [bob]))).toEqual([]);
  });

  it('changed participants are not reported again by a message that comes late', () => {
    const carol = new Party();
    const [first, second, third] = [say(), say(), say()];
    bobs.receive(first);
    bobs.receive(third);
    bobs.receive(phone.send(conversationId, [alice, bob, carol]));
    expect(bobs.receive(second)).toEqual([]);
    expect(bobs.receive(phone.send(conversationId, [alice, bob, carol]))).toEqual([]);
  });

  it('changed participants are shown within a stream, which an honest sender would not do', () => {
    const carol = new Party();
    const first = say();
    bobs.receive(first);
    const { streamId } = first.position;
    const message = phone.send(conversationId, [alice, bob, carol], {
      position: { streamId, seq: 2, prevHash: first.hash },
    });
    expect(bobs.receive(message)).toEqual([{ type: 'participants-changed', added: [carol.userId], removed: [] }]);
  });
});
