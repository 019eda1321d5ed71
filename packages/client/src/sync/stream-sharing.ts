import { devicesList } from '../envelope/stream-dependencies.js';
import { lastReceived, streamNameOf, type StreamName } from '../envelope/stream-record.js';
import type { AwaitedMessage, StreamRecord, StreamsState } from '../envelope/stream-state.js';
import type { SharedStream } from './shared-content.js';

type Streams = Readonly<Record<string, SharedStream>>;

/** Streams as others of the user's clients need them; a stream nothing is known of yet is left out. */
export function shareStreams(state: StreamsState): Streams {
  const shared = Object.entries(state.streams).flatMap(([key, stream]) => {
    const head = headOf(stream);
    if (head === null) return [];
    const { recipients, keyVersion } = stream;
    const runs = stream.runs.map(({ first, last, prevHash }) => ({ first, last, prevHash }));
    return [[key, { recipients, keyVersion, head, runs }] as const];
  });
  return Object.fromEntries(shared);
}

/** The newest message that was received, or sent from here. */
function headOf({ recent, own }: StreamRecord): SharedStream['head'] | null {
  const known = [recent.at(-1), own?.sent.at(-1)].flatMap((message) => message ?? []);
  if (known.length === 0) return null;
  const seq = Math.max(...known.map((message) => message.seq));
  const newest = known.filter((message) => message.seq === seq);
  return {
    seq,
    hashes: [...new Set(newest.flatMap(({ hashes }) => hashes))].sort(),
    resendHashes: [...new Set(newest.map(({ resendHash }) => resendHash))].filter((hash) => hash !== '').sort(),
  };
}

/**
 * Takes streams over where another program of the account stopped, so that what it has received is a replay here too, and
 * what comes next follows it. Streams that are known already stay as they are.
 */
export function resumeStreams(state: StreamsState, shared: Streams): StreamsState {
  const streams = { ...state.streams };
  let { clock } = state;
  for (const [key, { recipients, keyVersion, head, runs }] of Object.entries(shared)) {
    const { senderId, conversationId } = streamNameOf(key);
    if (streams[key] !== undefined) continue;
    clock += 1;
    // Without a resendHash, what was sent and has not come back as a copy is not taken for a replay when it does.
    const resendHash = runs.at(-1)?.last === head.seq ? (head.resendHashes[0] ?? '') : '';
    const recent = [{ seq: head.seq, hashes: head.hashes, resendHash }];
    streams[key] = { senderId, conversationId, recipients, touched: clock, keyVersion, runs, recent, cited: 0 };
  }
  return { ...state, clock, streams };
}

/**
 * Remembers the newest messages that other devices have seen: here they may still come, and then they must be the same.
 * A head of which several hashes are known says nothing by itself: it may have been sent again.
 */
export function awaitHeads(state: StreamsState, shared: Streams): StreamsState {
  const awaited: Record<string, readonly AwaitedMessage[]> = { ...state.awaited };
  for (const [key, { head }] of Object.entries(shared)) {
    const name = streamNameOf(key);
    const [hash, ...others] = head.hashes;
    if (hash === undefined || others.length > 0 || isKnown(state.streams[key], head.seq)) continue;
    const namedBy = devicesList(name.senderId);
    const list = awaited[namedBy] ?? [];
    const rest = list.filter((message) => !isOf(message, name));
    const isThere = list.some((message) => isOf(message, name) && message.seq === head.seq);
    if (!isThere) awaited[namedBy] = [...rest, { ...name, seq: head.seq, hash }];
  }
  return { ...state, awaited };
}

function isOf(message: AwaitedMessage, { streamId, conversationId }: StreamName): boolean {
  return message.streamId === streamId && message.conversationId === conversationId;
}

function isKnown(stream: StreamRecord | undefined, seq: number): boolean {
  if (stream === undefined) return false;
  return Math.max(lastReceived(stream), stream.own?.pending?.seq ?? 0, stream.own?.sent.at(-1)?.seq ?? 0) >= seq;
}

/** Streams of which devices have seen different newest messages that are not one message sent again. */
export function forkedStreams(shared: Streams): readonly string[] {
  return Object.entries(shared)
    .filter(([, { head }]) => head.hashes.length > 1 && head.resendHashes.length > 1)
    .map(([key]) => streamNameOf(key).streamId);
}

/** Ids of accepted messages of the plain suites, which no stream remembers. */
export function sharePlain({ accepted }: StreamsState): Readonly<Record<string, readonly string[]>> {
  const plain = Object.entries(accepted).flatMap(([userId, byProof]) =>
    (['none', 'shared-key'] as const).flatMap((proof) => {
      const ids = byProof[proof] ?? [];
      return ids.length === 0 ? [] : [[`${userId}/${proof}`, ids.toSorted()] as const];
    }),
  );
  return Object.fromEntries(plain);
}

/** The ids that others have accepted, as the oldest that are remembered. */
export function resumePlain(state: StreamsState, shared: Readonly<Record<string, readonly string[]>>): StreamsState {
  const accepted = { ...state.accepted };
  for (const [key, ids] of Object.entries(shared)) {
    const [userId = '', proof = ''] = key.split('/');
    if (proof !== 'none' && proof !== 'shared-key') continue;
    const known = accepted[userId]?.[proof] ?? [];
    const added = ids.filter((id) => !known.includes(id));
    accepted[userId] = { ...accepted[userId], [proof]: [...added, ...known] };
  }
  return { ...state, accepted };
}
