import { LIMITS, type DeliveryJson, type SendJson } from '@sealpost/protocol';
import type { UserReference } from '../contacts/contacts.js';
import { SealpostError, UnconfirmedSend } from '../errors.js';
import type { BatchOutcome } from './batch-delivery.js';
import type { Content, Draft, SendOptions } from './draft.js';
import type { OutgoingMessage } from './outgoing.js';

/** A message that the server has taken. */
export interface SentMessage {
  readonly messageId: string;
  readonly conversationId: string;
  /** The server's clock, Unix milliseconds. */
  readonly receivedAt: number;
  readonly expiresAt?: number;
  /** The position in each recipient's mailbox. */
  readonly deliveries: readonly DeliveryJson[];
}

/** One of many messages; see SendOptions for the rest. */
export interface MessageToSend extends SendOptions {
  readonly to: UserReference | readonly UserReference[];
  readonly content: Content;
}

/** What became of one of many messages. */
export type SendOutcome =
  | ({ readonly status: 'sent' } & SentMessage)
  /** It is in the outbox, and may have been taken: what UnconfirmedSend says of a single message. */
  | { readonly status: 'unconfirmed'; readonly messageId: string; readonly error: UnconfirmedSend }
  /** It was certainly not sent, and is not in the outbox: it can be sent anew. */
  | { readonly status: 'not-sent'; readonly error: SealpostError };

/** A draft, and its place in the caller's list. */
export interface Waiting {
  readonly index: number;
  readonly draft: Draft;
}

/** The first messages of as many conversations as one batch takes; within a conversation one follows the other. */
export function nextRound(waiting: readonly Waiting[]): { round: readonly Waiting[]; later: readonly Waiting[] } {
  const round = new Map<string, Waiting>();
  const later: Waiting[] = [];
  for (const one of waiting) {
    const { conversationId } = one.draft;
    if (round.size < LIMITS.batchMessages && !round.has(conversationId)) round.set(conversationId, one);
    else later.push(one);
  }
  return { round: [...round.values()], later };
}

export function sendOutcomeOf(
  prepared: OutgoingMessage | SealpostError | undefined,
  outcomes: BatchOutcome['outcomes'],
): SendOutcome {
  if (prepared === undefined || prepared instanceof SealpostError) return notSent(prepared);
  const outcome = outcomes.get(prepared.messageId);
  if (outcome === undefined || outcome instanceof SealpostError) {
    if (!(outcome instanceof UnconfirmedSend)) return notSent(outcome);
    return { status: 'unconfirmed', messageId: prepared.messageId, error: outcome };
  }
  return { status: 'sent', ...sentMessage(prepared, outcome) };
}

export function notSent(error: unknown): SendOutcome {
  if (error instanceof SealpostError) return { status: 'not-sent', error };
  throw error;
}

export function sentMessage({ conversationId }: OutgoingMessage, { id, ...answer }: SendJson): SentMessage {
  return { messageId: id, conversationId, ...answer };
}
