import { byteaArray, plainArray } from '../../core/database/index.js';
import type { Pair } from './delivery.repository.js';
import { type AcceptedMessage, suiteNumber } from './message.js';

/** What both ways of storing messages write of each: in the order of the group, as parameters of a statement. */
export interface MessageColumns {
  readonly ids: string;
  readonly senders: string;
  readonly conversations: string;
  readonly senderKeyVersions: string;
  readonly suites: string;
  readonly contentHashes: Buffer;
  readonly nonces: Buffer;
  readonly ciphertexts: Buffer;
  readonly expiries: string;
}

export function messageColumns(accepted: readonly AcceptedMessage[]): MessageColumns {
  return {
    ids: plainArray(accepted.map((message) => message.id)),
    senders: plainArray(accepted.map((message) => message.senderId)),
    conversations: plainArray(accepted.map((message) => message.conversationId)),
    senderKeyVersions: plainArray(accepted.map((message) => message.senderKeyVersion)),
    suites: plainArray(accepted.map((message) => suiteNumber(message.suite))),
    contentHashes: byteaArray(accepted.map((message) => message.contentHash)),
    nonces: byteaArray(accepted.map((message) => message.nonce ?? null)),
    ciphertexts: byteaArray(accepted.map((message) => message.ciphertext)),
    expiries: plainArray(
      accepted.map(({ expiresAt }) => (expiresAt === undefined ? null : new Date(expiresAt).toISOString())),
    ),
  };
}

/** Users and senders. */
export function pairColumns(pairs: readonly Pair[]): readonly [string, string] {
  return [plainArray(pairs.map(({ userId }) => userId)), plainArray(pairs.map(({ senderId }) => senderId))];
}

/** When the messages of a group were received: all of them at one time. */
export function receivedAtOf(accepted: readonly AcceptedMessage[]): string {
  return new Date(accepted[0]?.receivedAt ?? 0).toISOString();
}
