import { beforeAll, describe, expect, it } from '@jest/globals';
import { utf8, uuidV7 } from '@sealpost/protocol';
import fc from 'fast-check';

import { sha256 } from '../crypto/primitives.js';
import { loadSodium } from '../crypto/sodium.js';
import type { StreamEvent } from './stream-events.js';
import { confirmSend, planSend, recordPending } from './stream-sending.js';
import { EMPTY_STREAMS, type StreamsState } from './stream-state.js';
import { receiveMessage } from './streams.js';
import type { OpenedSignedMessage } from './types.js';

beforeAll(loadSodium);

let counter = 0;
const freshUuid = (): string => uuidV7(counter++, new Uint8Array(10));

/** Three users, the first with two devices, and the sets in which they talk in one conversation. */
const USERS = [0, 1, 2].map(freshUuid);
const DEVICE_USERS = [0, 0, 1, 2];
const GROUPS = [
  [0, 1],
  [0, 1, 2],
  [1, 2],
];
const conversationId = freshUuid();
const userId = (user: number): string => USERS[user] ?? '';

/** A device and what it remembers; messages are not encrypted here, and their hashes are those of a number. */
class Device {
  state: StreamsState = EMPTY_STREAMS;
  readonly accepted: string[] = [];

  constructor(readonly user: number) {}

  send(group: readonly number[]): OpenedSignedMessage {
    const recipients = group.map(userId);
    const plan = planSend(this.state, {
      senderId: userId(this.user),
      conversationId,
      recipients,
      newStreamId: freshUuid(),
    });
    const hash = sha256(utf8(`hash ${counter++}`));
    const resendHash = sha256(utf8(`resend ${counter++}`));
    this.state = confirmSend(recordPending(this.state, plan, { hash, resendHash }), plan);
    const rcpt = (id: string) => ({ userId: id, keyVersion: 1, keysHash: new Uint8Array(32) });
    return {
      suite: 'sealpost-v1',
      senderProof: 'signature',
      messageId: freshUuid(),
      conversationId,
      sender: rcpt(userId(this.user)),
      recipients: recipients.map(rcpt),
      contentType: 'text/plain',
      content: new Uint8Array(0),
      sentAt: 0,
      position: plan.position,
      hash,
      resendHash,
    };
  }

  /** The events; null where the message is refused. */
  receive(message: OpenedSignedMessage): readonly StreamEvent[] | null {
    const reception = receiveMessage(this.state, message, 1);
    this.state = JSON.parse(JSON.stringify(reception.state)) as StreamsState;
    if (!reception.accepted) {
      expect(reception.refusal.reason).toBe('replay');
      return null;
    }
    this.accepted.push(message.messageId);
    return reception.events;
  }
}

const isFor = (device: Device, message: OpenedSignedMessage): boolean =>
  message.recipients.some((recipient) => recipient.userId === userId(device.user));

/** What happens next: a device sends to a group of its user's, or receives something. */
const anyStep = fc.record({
  device: fc.nat({ max: DEVICE_USERS.length - 1 }),
  send: fc.boolean(),
  choice: fc.nat({ max: 1000 }),
});

function groupOf(device: Device, choice: number): readonly number[] {
  const own = GROUPS.filter((group) => group.includes(device.user));
  return own[choice % own.length] ?? [];
}

describe('Several devices at the same time', () => {
  it('whatever several devices say at the same time shows nothing but changed participants where each reads everything in the order of the server', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
        const devices = DEVICE_USERS.map((user) => new Device(user));
        const log: OpenedSignedMessage[] = [];
        const cursors = devices.map(() => 0);
        const readNext = (index: number): void => {
          const [device, message] = [devices[index], log[cursors[index] ?? 0]];
          if (device === undefined || message === undefined) return;
          cursors[index] = (cursors[index] ?? 0) + 1;
          if (!isFor(device, message)) return;
          const events = device.receive(message);
          expect(events?.filter(({ type }) => type !== 'participants-changed')).toEqual([]);
        };
        for (const { device, send, choice } of steps) {
          const sender = devices[device];
          if (send && sender !== undefined) log.push(sender.send(groupOf(sender, choice)));
          else readNext(device);
        }
        for (const index of devices.keys()) while ((cursors[index] ?? 0) < log.length) readNext(index);
      }),
      { numRuns: 150 },
    );
  });

  it('whatever several devices say at the same time is never called a fork, is accepted once, and is whole in the end, in whatever order it arrives', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 60 }), fc.func(fc.nat({ max: 1000 })), (steps, shuffle) => {
        const devices = DEVICE_USERS.map((user) => new Device(user));
        const log: OpenedSignedMessage[] = [];
        const deliver = (device: Device, message: OpenedSignedMessage | undefined): void => {
          if (message === undefined || !isFor(device, message)) return;
          const before = device.accepted.includes(message.messageId);
          const events = device.receive(message);
          expect(events === null).toBe(before);
          expect(events?.filter(({ type }) => type === 'fork') ?? []).toEqual([]);
        };
        for (const { device: index, send, choice } of steps) {
          const device = devices[index];
          if (device === undefined) continue;
          if (send) log.push(device.send(groupOf(device, choice)));
          else deliver(device, log[choice % Math.max(log.length, 1)]);
        }
        for (const device of devices) {
          const order = log.map((message, index) => ({ message, key: shuffle(index, devices.indexOf(device)) }));
          for (const { message } of order.sort((a, b) => a.key - b.key)) deliver(device, message);
          expect(device.accepted).toHaveLength(log.filter((message) => isFor(device, message)).length);
          expect(device.state.awaited).toEqual({});
          for (const { runs } of Object.values(device.state.streams)) expect(runs.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('whatever several devices say at the same time is missed by those from whom the server withholds it, as soon as somebody answers to it', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 1, maxLength: 30 }), fc.nat({ max: 1000 }), (steps, choice) => {
        const everybody = [0, 1, 2];
        const devices = DEVICE_USERS.map((user) => new Device(user));
        const victim = devices[3] ?? new Device(2);
        const others = devices.slice(0, 3);
        const log: OpenedSignedMessage[] = [];
        for (const { device } of steps) {
          const message = others[device % 3]?.send(everybody);
          if (message === undefined) continue;
          for (const other of others) other.receive(message);
          log.push(message);
        }
        const [withheld] = log.splice(choice % log.length, 1);
        const answer = others[(choice + 1) % 3]?.send(everybody);
        const events = [...log, ...(answer === undefined ? [] : [answer])].flatMap(
          (message) => victim.receive(message) ?? [],
        );
        const { streamId, seq } = withheld?.position ?? { streamId: '', seq: 0 };
        const noticed = events.some(
          (event) =>
            (event.type === 'withheld' && event.streamId === streamId && event.seq >= seq) ||
            (event.type === 'gap' && event.streamId === streamId && event.fromSeq <= seq && seq <= event.toSeq) ||
            (event.type === 'history-missing' && event.streamId === streamId && event.firstSeq > seq),
        );
        expect(noticed).toBe(true);
      }),
      { numRuns: 150 },
    );
  });
});
