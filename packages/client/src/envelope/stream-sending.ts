import {
  compareBytes,
  encodeBase64Url,
  LENGTHS,
  LIMITS,
  requireBase64Url,
  uuidToBytes,
  type StreamHead,
} from '@sealpost/protocol';

import {
  findKnown,
  participantsOf,
  putStream,
  rememberKnown,
  sameMembers,
  streamKey,
  streamNameOf,
  withoutKey,
  type Place,
} from './stream-record.js';
import type { Citation, KnownMessage, OwnStream, StreamRecord, StreamsState } from './stream-state.js';
import type { SealedSignedMessage, StreamPosition } from './types.js';

/** A message that is about to be sealed. */
export interface SendPlan {
  readonly senderId: string;
  readonly conversationId: string;
  /** userIds, sorted. */
  readonly recipients: readonly string[];
  /** Where it goes; the same for a resend after a key-version conflict. */
  readonly position: StreamPosition;
}

export interface SendTarget {
  readonly senderId: string;
  readonly conversationId: string;
  /** userIds, distinct. */
  readonly recipients: readonly string[];
  /** A new random UUID, for the case that a stream has to be started. */
  readonly newStreamId: string;
}

/**
 * Chooses stream, seq, prevHash and dependencies for a message. A stream with a message of unknown fate is not written
 * on: a second send at the same time, or after a crash, goes into another stream rather than to a place that may be
 * taken, which the others would see as a fork. So send one message after the other where you can.
 */
export function planSend(state: StreamsState, target: SendTarget): SendPlan {
  const { senderId, conversationId, newStreamId } = target;
  const recipients = target.recipients.toSorted();
  const writable = Object.entries(state.streams)
    .filter(([, stream]) => isWritable(stream, { senderId, conversationId, recipients }))
    .sort(([, a], [, b]) => b.touched - a.touched);
  const [key, stream] = writable[0] ?? [streamKey({ streamId: newStreamId, senderId, conversationId }), undefined];
  const last = stream?.own?.sent.at(-1);
  const position = {
    streamId: streamNameOf(key).streamId,
    seq: (last?.seq ?? 0) + 1,
    prevHash:
      last?.hashes[0] === undefined ? new Uint8Array(LENGTHS.hash) : requireBase64Url(last.hashes[0], 'prevHash'),
    dependencies: headsSeenSince(state, key, { senderId, conversationId, recipients }),
  };
  return { senderId, conversationId, recipients, position };
}

type Participation = Pick<StreamRecord, 'senderId' | 'conversationId' | 'recipients'>;

function isWritable(stream: StreamRecord, target: Participation): boolean {
  const { own } = stream;
  if (own === undefined || own.pending !== undefined || own.retired === true) return false;
  return (
    stream.senderId === target.senderId &&
    stream.conversationId === target.conversationId &&
    sameMembers(stream.recipients, target.recipients)
  );
}

/**
 * The heads of the other streams of the same participants that no own message has named yet. Beyond 16, and of several
 * streams with one streamId, those waiting longest: the others' turn comes with the next messages.
 */
function headsSeenSince(state: StreamsState, ownKey: string, target: Participation): readonly StreamHead[] {
  const participants = participantsOf(target);
  const waiting = Object.entries(state.streams)
    .filter(([key, stream]) => key !== ownKey && stream.conversationId === target.conversationId)
    .filter(([, stream]) => sameMembers(participantsOf(stream), participants))
    .sort(([, a], [, b]) => a.touched - b.touched)
    .flatMap(([key, stream]) => {
      const head = headOf(stream);
      const { streamId } = streamNameOf(key);
      return head !== undefined && head.seq > stream.cited ? [{ streamId, seq: head.seq, hash: firstHash(head) }] : [];
    });
  return waiting
    .filter(({ streamId }, index) => waiting.findIndex((other) => other.streamId === streamId) === index)
    .slice(0, LIMITS.dependencies)
    .sort((a, b) => compareBytes(uuidToBytes(a.streamId), uuidToBytes(b.streamId)));
}

function headOf(stream: StreamRecord): KnownMessage | undefined {
  return stream.own === undefined ? stream.recent.at(-1) : stream.own.sent.at(-1);
}

function firstHash(message: KnownMessage): Uint8Array {
  return requireBase64Url(message.hashes[0] ?? '', 'hash', LENGTHS.hash);
}

/**
 * Remembers a sealed message before it is handed to the network. Keep the state before you send: after a crash the place
 * must not be given to another message. Call it again with every resend of the same plan.
 */
export function recordPending(
  state: StreamsState,
  plan: SendPlan,
  sealed: Pick<SealedSignedMessage, 'hash' | 'resendHash'>,
): StreamsState {
  const { seq } = plan.position;
  const key = planKey(plan);
  const clock = state.clock + 1;
  const stream = state.streams[key] ?? emptyOwnStream(plan);
  const hash = encodeBase64Url(sealed.hash);
  const earlier = stream.own?.pending?.seq === seq ? stream.own.pending : undefined;
  const pending = {
    seq,
    // The newest one first: it is the one to be followed.
    hashes: [hash, ...(earlier?.hashes ?? []).filter((other) => other !== hash)],
    resendHash: encodeBase64Url(sealed.resendHash),
    cites: earlier?.cites ?? citationsOf(state, plan),
  };
  const own: OwnStream = { ...stream.own, sent: stream.own?.sent ?? [], pending };
  return putStream({ ...state, clock }, key, { ...stream, own, touched: clock });
}

/** The streams whose heads a plan names: those that have a message with the hash. */
function citationsOf(state: StreamsState, { conversationId, position }: SendPlan): readonly Citation[] {
  return position.dependencies.flatMap(({ streamId, seq, hash }) =>
    Object.entries(state.streams)
      .filter(([key, stream]) => stream.conversationId === conversationId && streamNameOf(key).streamId === streamId)
      .filter(([, stream]) => headOf(stream)?.hashes.includes(encodeBase64Url(hash)))
      .map(([key]) => ({ key, seq })),
  );
}

/** Key of the stream that a plan writes to. */
export function planKey({ senderId, conversationId, position }: SendPlan): string {
  return streamKey({ streamId: position.streamId, senderId, conversationId });
}

function emptyOwnStream(plan: SendPlan): StreamRecord {
  const { senderId, conversationId, recipients } = plan;
  return { senderId, conversationId, recipients, touched: 0, keyVersion: 0, runs: [], recent: [], cited: 0 };
}

/** The server has taken the message. Nothing happens where that is known already. */
export function confirmSend(state: StreamsState, plan: SendPlan): StreamsState {
  const key = planKey(plan);
  return state.streams[key]?.own?.pending?.seq === plan.position.seq ? confirmPending(state, key) : state;
}

/** The copy of an own message has come back, which proves that it was taken, in whichever of its encryptions. */
export function confirmByCopy(state: StreamsState, key: string, place: Place): StreamsState {
  const pending = state.streams[key]?.own?.pending;
  const isThis = pending?.seq === place.seq && pending.hashes.includes(place.hash);
  return isThis ? confirmPending(state, key, place.hash) : state;
}

function confirmPending(state: StreamsState, key: string, taken?: string): StreamsState {
  const stream = state.streams[key];
  const pending = stream?.own?.pending;
  if (stream?.own === undefined || pending === undefined) return state;
  const { seq, resendHash } = pending;
  const hashes = taken === undefined ? pending.hashes : [taken, ...pending.hashes.filter((hash) => hash !== taken)];
  const own = { ...withoutPending(stream.own), sent: rememberKnown(stream.own.sent, { seq, hashes, resendHash }) };
  const streams = { ...state.streams, [key]: { ...stream, own } };
  for (const cite of pending.cites) {
    const other = streams[cite.key];
    if (other !== undefined) streams[cite.key] = { ...other, cited: Math.max(other.cited, cite.seq) };
  }
  return { ...state, streams };
}

function withoutPending(own: OwnStream): OwnStream {
  return own.retired === undefined ? { sent: own.sent } : { sent: own.sent, retired: own.retired };
}

/** The server has refused the message for good, so that nobody will ever see it: its place is free again. */
export function abandonSend(state: StreamsState, plan: SendPlan): StreamsState {
  const key = planKey(plan);
  const stream = state.streams[key];
  if (stream?.own?.pending?.seq !== plan.position.seq) return state;
  const own = withoutPending(stream.own);
  if (own.sent.length === 0 && stream.runs.length === 0) {
    return { ...state, streams: withoutKey(state.streams, key) };
  }
  return putStream(state, key, { ...stream, own });
}

/** Highest seq that this installation has written or is writing; 0 for somebody else's stream. */
export function ownPosition(own: OwnStream | undefined): number {
  return own?.pending?.seq ?? own?.sent.at(-1)?.seq ?? 0;
}

/** An own message, as far back as it is remembered. */
export function ownMessage(own: OwnStream | undefined, seq: number): KnownMessage | undefined {
  if (own?.pending?.seq === seq) return own.pending;
  return own === undefined ? undefined : findKnown(own.sent, seq);
}

/** True where the copy of an own message is not what was sent from here. */
export function contradictsOwn(own: OwnStream | undefined, place: Place): boolean {
  if (own === undefined) return false;
  const sent = ownMessage(own, place.seq);
  return sent === undefined ? place.seq > ownPosition(own) : !sent.hashes.includes(place.hash);
}

/** userIds of all to whom this installation has written, as far back as its streams are remembered. */
export function writtenTo({ streams }: StreamsState): readonly string[] {
  const own = Object.values(streams).filter((stream) => stream.own !== undefined);
  return [...new Set(own.flatMap((stream) => stream.recipients))];
}

/** Gives up streams that somebody else writes to, such as a copy of this installation. */
export function retireStreams(state: StreamsState, keys: readonly string[]): StreamsState {
  const streams = { ...state.streams };
  for (const key of keys) {
    const stream = streams[key];
    if (stream?.own !== undefined) streams[key] = { ...stream, own: { ...stream.own, retired: true } };
  }
  return { ...state, streams };
}
