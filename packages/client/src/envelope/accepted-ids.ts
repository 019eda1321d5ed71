import { STREAM_LIMITS, type SenderProof, type StreamsState } from './stream-state.js';
import type { OpenedMessage } from './types.js';

/** Strongest first. */
const PROOFS: readonly SenderProof[] = ['signature', 'shared-key', 'none'];

/**
 * True where the sender's message was accepted before. What is proven weaker is held against everything that is proven
 * as strongly or stronger, never the other way round: nobody can claim an id in somebody else's name to keep a signed
 * message out.
 */
export function isAccepted(state: StreamsState, message: OpenedMessage): boolean {
  const ids = state.accepted[message.sender.userId];
  return PROOFS.slice(0, PROOFS.indexOf(message.senderProof) + 1).some(
    (proof) => ids?.[proof]?.includes(message.messageId) === true,
  );
}

export function rememberAccepted(state: StreamsState, message: OpenedMessage): StreamsState {
  const { sender, senderProof, messageId } = message;
  const ofSender = state.accepted[sender.userId] ?? {};
  const ids = [...(ofSender[senderProof] ?? []), messageId].slice(-STREAM_LIMITS.acceptedPerSender);
  return { ...state, accepted: { ...state.accepted, [sender.userId]: { ...ofSender, [senderProof]: ids } } };
}
