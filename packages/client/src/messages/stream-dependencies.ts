import { encodeBase64Url, type StreamHead } from '@sealpost/protocol';

import type { StreamEvent } from './stream-events.js';
import { findKnown, hasReceived, type Place } from './stream-record.js';
import { ownMessage, ownPosition } from './stream-sending.js';
import { STREAM_LIMITS, type AwaitedMessage, type StreamRecord, type StreamsState } from './stream-state.js';

/** What a message's dependencies say about other streams. */
export interface DependencyFindings {
  readonly events: readonly StreamEvent[];
  readonly missing: readonly AwaitedMessage[];
}

/** Holds the heads that a sender had seen against what has arrived here, or was sent from here. */
export function checkDependencies(state: StreamsState, dependencies: readonly StreamHead[]): DependencyFindings {
  const events: StreamEvent[] = [];
  const missing: AwaitedMessage[] = [];
  for (const { streamId, seq, hash } of dependencies) {
    const named = { streamId, seq, hash: encodeBase64Url(hash) };
    const standing = standingOf(state.streams[streamId], named);
    if (standing === 'missing') missing.push(named);
    if (standing !== 'arrived') events.push({ type: standing === 'missing' ? 'withheld' : 'fork', streamId, seq });
  }
  return { events, missing };
}

function standingOf(stream: StreamRecord | undefined, named: AwaitedMessage): 'arrived' | 'missing' | 'other' {
  if (stream === undefined) return 'missing';
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

/** Forgets that a message was awaited; `conflict` where somebody had named another one in its place. */
export function settleAwaited(
  state: StreamsState,
  streamId: string,
  place: Place,
): { readonly state: StreamsState; readonly conflict: boolean } {
  const isThis = (named: AwaitedMessage): boolean => named.streamId === streamId && named.seq === place.seq;
  const named = Object.values(state.awaited).flat().filter(isThis);
  if (named.length === 0) return { state, conflict: false };
  const left = Object.entries(state.awaited).map(
    ([sender, list]) => [sender, list.filter((one) => !isThis(one))] as const,
  );
  return {
    state: { ...state, awaited: Object.fromEntries(left.filter(([, list]) => list.length > 0)) },
    conflict: named.some(({ hash }) => hash !== place.hash),
  };
}
