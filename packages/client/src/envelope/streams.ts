import { encodeBase64Url } from '@sealpost/protocol';

import { MessageRefused } from './message-refused.js';
import { awaitMessages, checkDependencies, settleAwaited } from './stream-dependencies.js';
import type { StreamEvent } from './stream-events.js';
import {
  contradicts,
  findKnown,
  hasReceived,
  lastReceived,
  participantsOf,
  putStream,
  recordReceived,
  rememberKnown,
  sameMembers,
  streamKey,
  withHash,
  type Place,
} from './stream-record.js';
import { confirmByCopy, contradictsOwn, retireStreams } from './stream-sending.js';
import { STREAM_LIMITS, type SenderProof, type StreamRecord, type StreamsState } from './stream-state.js';
import type { OpenedMessage, OpenedSignedMessage } from './types.js';

/** What became of an opened message. The state is to be kept in both cases. */
export type Reception =
  | { readonly accepted: true; readonly state: StreamsState; readonly events: readonly StreamEvent[] }
  | { readonly accepted: false; readonly state: StreamsState; readonly refusal: MessageRefused };

/**
 * The checks of an opened message that need a memory (sections 8.4 and 8.5): replays, streams, and what a reader has to
 * see beside the message. Messages may come in any order across streams and within one: a late message fills its gap.
 * Keep the new state together with the message, or with the position in the mailbox: a message handed in twice is a
 * replay.
 * @param newestSenderVersion the newest key version of the sender that is pinned
 */
export function receiveMessage(state: StreamsState, message: OpenedMessage, newestSenderVersion: number): Reception {
  if (message.suite === 'sealpost-v1') return receiveSigned(state, message, newestSenderVersion);
  if (isAccepted(state, message)) return refused(state, message);
  const events = supersededKey(message.sender.keyVersion, newestSenderVersion);
  return { accepted: true, state: rememberAccepted(state, message), events };
}

function receiveSigned(state: StreamsState, message: OpenedSignedMessage, newestVersion: number): Reception {
  const place = placeOf(message);
  const stream = state.streams[keyOf(message)] ?? newRecord(message);
  const known = findKnown(stream.recent, place.seq);
  if (known?.resendHash === place.resendHash) return refusedResend(state, message, stream, withHash(known, place.hash));
  const replayed = isAccepted(state, message) || (hasReceived(stream, place.seq) && known === undefined);
  if (replayed) return refused(state, message);
  return accept(state, message, newestVersion);
}

function refused(state: StreamsState, message: OpenedMessage): Reception {
  const { messageId, conversationId, sender } = message;
  return {
    accepted: false,
    state,
    refusal: new MessageRefused('replay', { messageId, conversationId, senderId: sender.userId }),
  };
}

/** A message that comes again, perhaps encrypted anew after a key-version conflict: either hash may follow. */
function refusedResend(
  state: StreamsState,
  message: OpenedSignedMessage,
  stream: StreamRecord,
  known: ReturnType<typeof withHash>,
): Reception {
  const updated = { ...stream, recent: rememberKnown(stream.recent, known) };
  return refused(putStream(state, keyOf(message), updated), message);
}

function accept(before: StreamsState, message: OpenedSignedMessage, newestVersion: number): Reception {
  const { streamId, seq } = message.position;
  const key = keyOf(message);
  const place = placeOf(message);
  const named = settleAwaited(confirmByCopy(before, key, place), key, place);
  const state = named.state;
  const stream = state.streams[key] ?? newRecord(message);
  const advances = seq > lastReceived(stream);
  const conflict = contradicts(stream, place) || contradictsOwn(stream.own, place) || named.conflict;
  const dependency = checkDependencies(state, message);
  const events: StreamEvent[] = [
    ...missingBefore(stream, streamId, seq),
    ...(conflict ? [{ type: 'fork', streamId, seq } as const] : []),
    ...named.disputedBy.map((namedBy) => ({ type: 'disputed', streamId, seq, namedBy }) as const),
    ...supersededKey(message.sender.keyVersion, advances ? Math.max(newestVersion, stream.keyVersion) : newestVersion),
    ...(advances ? participantsChanged(state, message) : []),
    ...dependency.events,
  ];
  const clock = state.clock + 1;
  const recorded = putStream({ ...state, clock }, key, recordOf(stream, message, advances, clock));
  const waiting = awaitMessages(recorded, message.sender.userId, dependency.missing);
  const retired = conflict ? retireStreams(waiting, [key]) : waiting;
  return { accepted: true, state: rememberAccepted(retired, message), events };
}

function recordOf(stream: StreamRecord, message: OpenedSignedMessage, advances: boolean, clock: number): StreamRecord {
  const received = { ...stream, ...recordReceived(stream, placeOf(message)) };
  if (!advances) return received;
  return {
    ...received,
    recipients: recipientIds(message),
    keyVersion: message.sender.keyVersion,
    // An own copy tells nothing new: it was sent before.
    touched: stream.own === undefined ? clock : stream.touched,
  };
}

function keyOf({ conversationId, sender, position }: OpenedSignedMessage): string {
  return streamKey({ streamId: position.streamId, senderId: sender.userId, conversationId });
}

function placeOf(message: OpenedSignedMessage): Place {
  return {
    seq: message.position.seq,
    prevHash: encodeBase64Url(message.position.prevHash),
    hash: encodeBase64Url(message.hash),
    resendHash: encodeBase64Url(message.resendHash),
  };
}

function recipientIds(message: OpenedSignedMessage): readonly string[] {
  return message.recipients.map(({ userId }) => userId).sort();
}

function newRecord(message: OpenedSignedMessage): StreamRecord {
  return {
    senderId: message.sender.userId,
    conversationId: message.conversationId,
    recipients: recipientIds(message),
    touched: 0,
    keyVersion: 0,
    runs: [],
    recent: [],
    cited: 0,
  };
}

/** A late message has been reported as missing before, and says nothing new. */
function missingBefore(stream: StreamRecord, streamId: string, seq: number): readonly StreamEvent[] {
  const last = lastReceived(stream);
  if (seq <= last + 1) return [];
  if (last === 0) return [{ type: 'history-missing', streamId, firstSeq: seq }];
  return [{ type: 'gap', streamId, fromSeq: last + 1, toSeq: seq - 1 }];
}

function supersededKey(keyVersion: number, newestVersion: number): readonly StreamEvent[] {
  return keyVersion < newestVersion ? [{ type: 'superseded-key', keyVersion, newestVersion }] : [];
}

/** Held against the message of this conversation that was new last, received or sent. */
function participantsChanged(state: StreamsState, message: OpenedSignedMessage): readonly StreamEvent[] {
  const { conversationId, sender } = message;
  if (state.streams[keyOf(message)]?.own !== undefined) return [];
  const newest = Object.values(state.streams)
    .filter((stream) => stream.conversationId === conversationId)
    .reduce<StreamRecord | undefined>(
      (last, stream) => (last !== undefined && last.touched > stream.touched ? last : stream),
      undefined,
    );
  if (newest === undefined) return [];
  const before = participantsOf(newest);
  const now = participantsOf({ senderId: sender.userId, recipients: recipientIds(message) });
  if (sameMembers(before, now)) return [];
  return [
    {
      type: 'participants-changed',
      added: now.filter((userId) => !before.includes(userId)),
      removed: before.filter((userId) => !now.includes(userId)),
    },
  ];
}

/** Strongest first. */
const PROOFS: readonly SenderProof[] = ['signature', 'shared-key', 'none'];

/**
 * True where the sender's message was accepted before. What is proven weaker is held against everything that is proven
 * as strongly or stronger, never the other way round: nobody can claim an id in somebody else's name to keep a signed
 * message out.
 */
function isAccepted(state: StreamsState, message: OpenedMessage): boolean {
  const ids = state.accepted[message.sender.userId];
  return PROOFS.slice(0, PROOFS.indexOf(message.senderProof) + 1).some(
    (proof) => ids?.[proof]?.includes(message.messageId) === true,
  );
}

function rememberAccepted(state: StreamsState, message: OpenedMessage): StreamsState {
  const { sender, senderProof, messageId } = message;
  const ofSender = state.accepted[sender.userId] ?? {};
  const ids = [...(ofSender[senderProof] ?? []), messageId].slice(-STREAM_LIMITS.acceptedPerSender);
  return { ...state, accepted: { ...state.accepted, [sender.userId]: { ...ofSender, [senderProof]: ids } } };
}
