import { encodeBase64Url } from '@sealpost/protocol';

import type { StreamEvent } from './stream-events.js';
import { findKnown, hasReceived, streamNameOf, type Place, type StreamName } from './stream-record.js';
import { ownMessage, ownPosition } from './stream-sending.js';
import { STREAM_LIMITS, type AwaitedMessage, type StreamRecord, type StreamsState } from './stream-state.js';
import type { OpenedSignedMessage } from './types.js';

/** What a message's dependencies say about other streams. */
export interface DependencyFindings {
  readonly events: readonly StreamEvent[];
  readonly missing: readonly AwaitedMessage[];
}

/**
 * Holds the heads that a sender had seen against what has arrived here, or was sent from here. A head names a streamId of
 * the conversation and a hash, so that it is found in whichever sender's stream has that message. What is not found is
 * the word of who named it, and says nothing about the stream: the event has the name of the one, not of the other.
 */
export function checkDependencies(
  state: StreamsState,
  { conversationId, sender, position }: Pick<OpenedSignedMessage, 'conversationId' | 'sender' | 'position'>,
): DependencyFindings {
  const events: StreamEvent[] = [];
  const missing: AwaitedMessage[] = [];
  for (const { streamId, seq, hash } of position.dependencies) {
    const named = { conversationId, streamId, seq, hash: encodeBase64Url(hash) };
    const outcomes = streamsNamed(state, named).map((stream) => outcomeOf(stream, named));
    if (outcomes.includes('arrived')) continue;
    missing.push(named);
    const type = outcomes.includes('other') ? 'disputed' : 'withheld';
    events.push({ type, streamId, seq, namedBy: sender.userId });
  }
  return { events, missing };
}

function streamsNamed({ streams }: StreamsState, named: AwaitedMessage): readonly StreamRecord[] {
  const prefix = `${named.streamId}/`;
  return Object.entries(streams).flatMap(([key, stream]) =>
    key.startsWith(prefix) && stream.conversationId === named.conversationId ? [stream] : [],
  );
}

function outcomeOf(stream: StreamRecord, named: AwaitedMessage): 'arrived' | 'missing' | 'other' {
  const known = findKnown(stream.recent, named.seq) ?? ownMessage(stream.own, named.seq);
  if (known !== undefined) return known.hashes.includes(named.hash) ? 'arrived' : 'other';
  // Further back than hashes are remembered.
  if (hasReceived(stream, named.seq) || named.seq <= ownPosition(stream.own)) return 'arrived';
  return stream.own === undefined ? 'missing' : 'other';
}

/** Remembers what was named and has not arrived, to compare it when it comes. */
export function awaitMessages(state: StreamsState, namedBy: string, missing: readonly AwaitedMessage[]): StreamsState {
  if (missing.length === 0) return state;
  const list = [...(state.awaited[namedBy] ?? []), ...missing].slice(-STREAM_LIMITS.awaitedPerSender);
  return { ...state, awaited: { ...state.awaited, [namedBy]: list } };
}

/** What others have said about the place of a message that arrives now. */
export interface Settled {
  readonly state: StreamsState;
  /** Another device of this user's has accepted another message of the same sender there. */
  readonly conflict: boolean;
  /** Participants who have named another message in this place, by userId. */
  readonly disputedBy: readonly string[];
}

/** The list of what this user's devices have seen of a sender, among the lists of what was named. */
export function devicesList(senderId: string): string {
  return `devices/${senderId}`;
}

/** Forgets that a message was awaited. One that was named with another hash stays: it may be somebody else's stream. */
export function settleAwaited(state: StreamsState, key: string, place: Place): Settled {
  const name = streamNameOf(key);
  const awaited: Record<string, readonly AwaitedMessage[]> = {};
  const disputedBy: string[] = [];
  let conflict = false;
  for (const [namedBy, list] of Object.entries(state.awaited)) {
    const left = list.filter((named) => {
      if (!mayBe(named, name, place)) return true;
      const differs = named.hash !== place.hash;
      const isDevices = named.senderId !== undefined;
      if (differs && isDevices) conflict = true;
      if (differs && !isDevices) disputedBy.push(namedBy);
      return differs && !isDevices;
    });
    if (left.length > 0) awaited[namedBy] = left.length === list.length ? list : left;
  }
  return { state: { ...state, awaited }, conflict, disputedBy };
}

function mayBe(named: AwaitedMessage, { streamId, senderId, conversationId }: StreamName, { seq }: Place): boolean {
  return (
    named.streamId === streamId &&
    named.seq === seq &&
    named.conversationId === conversationId &&
    (named.senderId ?? senderId) === senderId
  );
}
