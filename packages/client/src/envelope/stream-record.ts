import { STREAM_LIMITS, type KnownMessage, type Run, type StreamRecord, type StreamsState } from './stream-state.js';

/** The place of a message, with hashes as base64url. */
export interface Place {
  readonly seq: number;
  readonly prevHash: string;
  readonly hash: string;
  readonly resendHash: string;
}

/** What a stream is known by (section 8.5): two senders, or two conversations, may use one streamId. */
export type StreamName = Pick<StreamRecord, 'senderId' | 'conversationId'> & { readonly streamId: string };

/** The key of a stream in the state. The shared state has the same one. */
export function streamKey({ streamId, senderId, conversationId }: StreamName): string {
  return `${streamId}/${senderId}/${conversationId}`;
}

export function streamNameOf(key: string): StreamName {
  const [streamId = '', senderId = '', conversationId = ''] = key.split('/');
  return { streamId, senderId, conversationId };
}

/** userIds of sender and recipients, sorted: whose conversation it is, whether or not the sender keeps a copy. */
export function participantsOf(stream: Pick<StreamRecord, 'senderId' | 'recipients'>): readonly string[] {
  return [...new Set([stream.senderId, ...stream.recipients])].sort();
}

export function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((member, index) => member === b[index]);
}

export function hasReceived(stream: StreamRecord, seq: number): boolean {
  return stream.runs.some((run) => run.first <= seq && seq <= run.last);
}

/** Highest seq received; 0 before the first message. */
export function lastReceived(stream: StreamRecord): number {
  return stream.runs.at(-1)?.last ?? 0;
}

export function findKnown(messages: readonly KnownMessage[], seq: number): KnownMessage | undefined {
  return messages.find((message) => message.seq === seq);
}

/** Inserts or replaces by seq, and keeps the newest. */
export function rememberKnown(messages: readonly KnownMessage[], message: KnownMessage): readonly KnownMessage[] {
  return [...messages.filter(({ seq }) => seq !== message.seq), message]
    .sort((a, b) => a.seq - b.seq)
    .slice(-STREAM_LIMITS.recentPerStream);
}

/** The message with one more hash that may follow. */
export function withHash(message: KnownMessage, hash: string): KnownMessage {
  if (message.hashes.includes(hash)) return message;
  return { ...message, hashes: [...message.hashes, hash].slice(0, STREAM_LIMITS.hashesPerMessage) };
}

/** True where a new message does not fit what was received: its place is taken, or its neighbours deny it. */
export function contradicts(stream: StreamRecord, place: Place): boolean {
  const { seq, prevHash, hash } = place;
  if (hasReceived(stream, seq)) return true;
  const before = findKnown(stream.recent, seq - 1);
  if (before !== undefined && !before.hashes.includes(prevHash)) return true;
  if (stream.runs.some((run) => run.first === seq + 1 && run.prevHash !== hash)) return true;
  const followsElsewhere = stream.recent.some((known) => known.seq !== seq - 1 && known.hashes.includes(prevHash));
  return followsElsewhere || stream.runs.some((run) => run.first !== seq && run.prevHash === prevHash);
}

/** Enters a message into runs and recent messages. */
export function recordReceived(stream: StreamRecord, place: Place): Pick<StreamRecord, 'runs' | 'recent'> {
  const { seq, hash, resendHash } = place;
  const known = findKnown(stream.recent, seq);
  const message = known === undefined ? { seq, hashes: [hash], resendHash } : withHash(known, hash);
  return { runs: insertIntoRuns(stream.runs, place), recent: rememberKnown(stream.recent, message) };
}

function insertIntoRuns(runs: readonly Run[], { seq, prevHash }: Place): readonly Run[] {
  if (runs.some((run) => run.first <= seq && seq <= run.last)) return runs;
  const inserted = [...runs, { first: seq, last: seq, prevHash }].sort((a, b) => a.first - b.first);
  const joined: Run[] = [];
  for (const run of inserted) {
    const previous = joined.at(-1);
    if (previous?.last === run.first - 1) joined[joined.length - 1] = { ...previous, last: run.last };
    else joined.push(run);
  }
  const [oldest, next, ...rest] = joined;
  if (joined.length <= STREAM_LIMITS.runsPerStream || oldest === undefined || next === undefined) return joined;
  return [{ ...oldest, last: next.last }, ...rest];
}

/** Puts a stream into the state; of the sender's streams the one silent longest is forgotten beyond the limit. */
export function putStream(state: StreamsState, key: string, stream: StreamRecord): StreamsState {
  const streams = { ...state.streams, [key]: stream };
  if (state.streams[key] !== undefined) return { ...state, streams };
  const ofSender = Object.entries(streams).filter(
    ([other, { senderId }]) => senderId === stream.senderId && other !== key,
  );
  if (ofSender.length < STREAM_LIMITS.streamsPerSender) return { ...state, streams };
  const oldest = ofSender.reduce((silent, entry) => (entry[1].touched < silent[1].touched ? entry : silent));
  return { ...state, streams: withoutKey(streams, oldest[0]) };
}

export function withoutKey<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
