import {
  encodeBase64Url,
  LENGTHS,
  requireBase64Url,
  tag,
  utf8,
  uuidFromBytes,
  uuidToBytes,
  concat,
  type MessageSuite,
  type SendRequestJson,
} from '@sealpost/protocol';
import { sha256 } from '../crypto/primitives.js';
import type { SendPlan } from '../envelope/stream-sending.js';
import { internal } from '../errors.js';
import { sealMessage } from '../envelope/seal.js';
import type { OwnKeyPair, PartyKeys, SealedMessage, SealedSignedMessage } from '../envelope/types.js';

/** A message on its way: enough to send exactly the same bytes again, and to encrypt it anew for newer keys. */
export interface OutgoingMessage {
  readonly messageId: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  /** userIds, sorted. */
  readonly recipients: readonly string[];
  readonly contentType: string;
  /** Base64url. */
  readonly content: string;
  readonly sentAt: number;
  readonly expiresInSeconds?: number;
  /** Its place in a stream; suite `sealpost-v1` only. */
  readonly plan?: StoredPlan;
  /** The request that was sent last. */
  readonly request: SendRequestJson;
  /** Set where the server refused it while nobody was waiting for the outcome. */
  readonly refused?: { readonly code: string; readonly detail: string };
}

/** A SendPlan as JSON. */
interface StoredPlan {
  readonly streamId: string;
  readonly seq: number;
  readonly prevHash: string;
  readonly dependencies: readonly { readonly streamId: string; readonly seq: number; readonly hash: string }[];
}

export function outboxKey(messageId: string): string {
  return `outbox/${messageId}`;
}

export function storedPlanOf({ position }: SendPlan): StoredPlan {
  return {
    streamId: position.streamId,
    seq: position.seq,
    prevHash: encodeBase64Url(position.prevHash),
    dependencies: position.dependencies.map((head) => ({ ...head, hash: encodeBase64Url(head.hash) })),
  };
}

export function planOf(message: Omit<OutgoingMessage, 'request'>, senderId: string): SendPlan | null {
  const { plan, conversationId, recipients } = message;
  if (plan === undefined) return null;
  const position = {
    streamId: plan.streamId,
    seq: plan.seq,
    prevHash: requireBase64Url(plan.prevHash, 'prevHash', LENGTHS.hash),
    dependencies: plan.dependencies.map((head) => ({
      ...head,
      hash: requireBase64Url(head.hash, 'dependencies', LENGTHS.hash),
    })),
  };
  return { senderId, conversationId, recipients, position };
}

export interface SealedOutgoing {
  readonly message: OutgoingMessage;
  /** What its stream remembers of it; null for the plain suites. */
  readonly sealed: SealedSignedMessage | null;
}

/** Encrypts a message to these keys; the message keeps its id and its place in the stream. */
export function sealOutgoing(
  draft: Omit<OutgoingMessage, 'request'>,
  sender: OwnKeyPair,
  recipients: readonly PartyKeys[],
): SealedOutgoing {
  const { messageId, conversationId, contentType, suite, sentAt } = draft;
  const content = requireBase64Url(draft.content, 'content');
  const base = { messageId, conversationId, sender, contentType, content };
  if (suite === 'sealpost-v1') {
    const plan = planOf(draft, sender.userId);
    if (plan === null) throw internal('A sealpost-v1 message has a place in a stream');
    const sealed = sealMessage({ ...base, suite, recipients, position: plan.position, sentAt });
    return { message: { ...draft, request: requestOf(draft, sender, recipients, sealed) }, sealed };
  }
  const [recipient] = recipients;
  if (recipient === undefined) throw internal('A message has a recipient');
  const sealed = sealMessage({ ...base, suite, recipients: [recipient] });
  return { message: { ...draft, request: requestOf(draft, sender, [recipient], sealed) }, sealed: null };
}

function requestOf(
  draft: Omit<OutgoingMessage, 'request'>,
  sender: OwnKeyPair,
  recipients: readonly PartyKeys[],
  sealed: SealedMessage,
): SendRequestJson {
  return {
    id: draft.messageId,
    conversationId: draft.conversationId,
    suite: draft.suite,
    senderKeyVersion: sender.version,
    recipients: recipients.map(({ userId, version }) => ({ userId, keyVersion: version })),
    ciphertext: encodeBase64Url(sealed.ciphertext),
    ...(sealed.nonce === undefined ? {} : { nonce: encodeBase64Url(sealed.nonce) }),
    ...(draft.expiresInSeconds === undefined ? {} : { expiresInSeconds: draft.expiresInSeconds }),
  };
}

/**
 * The conversation that a set of people have by default: the same for all of them and on all their devices, without
 * asking anybody. It says no more than the list of participants, which the server sees anyway.
 */
export function defaultConversation(serviceId: string, participants: readonly string[]): string {
  const members = participants.toSorted().map((userId) => uuidToBytes(userId));
  const name = concat(tag('sdk/conversation/v1'), utf8(serviceId), Uint8Array.of(0), ...members);
  const bytes = sha256(name).slice(0, LENGTHS.uuid);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidFromBytes(bytes);
}
