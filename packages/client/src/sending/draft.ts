import {
  encodeBase64Url,
  isContentType,
  isReservedContentType,
  isUuidV4OrV7,
  LIMITS,
  uuidV7,
  type MessageSuite,
} from '@sealpost/protocol';
import { textArgument } from '../arguments.js';
import { randomBytes } from '../crypto/primitives.js';
import { ClientError } from '../errors.js';
import { defaultConversation, type OutgoingMessage } from './outgoing.js';

/** Text goes as `text/plain`, bytes as `application/octet-stream`, unless a content type is given. */
export type Content =
  | string
  | Uint8Array
  | {
      /** 1 to 127 characters of printable ASCII; `application/vnd.sealpost.*` is reserved. Only recipients see it. */
      readonly contentType: string;
      readonly body: string | Uint8Array;
    };

export interface SendOptions {
  /** Default `sealpost-v1`. The plain libsodium suites protect less, see docs/sdk.md. */
  readonly suite?: MessageSuite;
  /** A UUID of version 4 or 7. Default: the one that these participants always have. */
  readonly conversationId?: string;
  /** The server deletes the message after this time, read or not. It counts whole seconds: begun ones are full. */
  readonly expiresInMs?: number;
  /**
   * Whether the sender gets the message too, so that their other devices can read it. Default true in `sealpost-v1`,
   * the only suite that has more than one recipient.
   */
  readonly copyToSelf?: boolean;
}

export interface DraftInput {
  readonly serviceId: string;
  readonly ownUserId: string;
  readonly now: number;
  /** userIds. */
  readonly to: readonly string[];
  readonly content: Content;
  readonly options: SendOptions;
  /** The product's own content types are allowed. */
  readonly reserved?: boolean;
}

/** A message before it has keys and a place in a stream. */
export type Draft = Omit<OutgoingMessage, 'request' | 'plan'>;

/** Everything that the protocol would refuse is refused here. */
export function draftMessage(input: DraftInput): Draft {
  const { options, ownUserId, now } = input;
  const suite = options.suite ?? 'sealpost-v1';
  const recipients = recipientsOf(input, suite);
  const { contentType, bytes } = contentOf(input.content);
  if (!isContentType(contentType) || (isReservedContentType(contentType) && input.reserved !== true)) {
    throw invalid(`"${contentType}" is not a content type that can be used`);
  }
  if (bytes.length > LIMITS.ciphertextBytes) throw tooLarge();
  const participants = [...new Set([ownUserId, ...recipients])];
  const conversationId = options.conversationId ?? defaultConversation(input.serviceId, participants);
  if (!isUuidV4OrV7(conversationId)) throw invalid('conversationId is not a UUID of version 4 or 7');
  const { expiresInMs } = options;
  if (expiresInMs !== undefined && !(Number.isSafeInteger(expiresInMs) && expiresInMs > 0)) {
    throw invalid('expiresInMs is not a whole number above 0');
  }
  return {
    messageId: uuidV7(now, randomBytes(10)),
    conversationId,
    suite,
    recipients,
    contentType,
    content: encodeBase64Url(bytes),
    sentAt: now,
    ...(expiresInMs === undefined ? {} : { expiresInSeconds: Math.ceil(expiresInMs / 1000) }),
  };
}

function recipientsOf({ to, ownUserId, options }: DraftInput, suite: MessageSuite): readonly string[] {
  const copy = options.copyToSelf ?? suite === 'sealpost-v1';
  const recipients = [...new Set(copy ? [...to, ownUserId] : to)].sort();
  if (to.length === 0) throw invalid('a message has at least one recipient');
  if (recipients.length > LIMITS.recipients) throw invalid(`a message has at most ${LIMITS.recipients} recipients`);
  if (suite !== 'sealpost-v1' && recipients.length !== 1) {
    throw invalid(`suite ${suite} has exactly one recipient, and so no copy for the sender`);
  }
  return recipients;
}

function contentOf(content: Content): { readonly contentType: string; readonly bytes: Uint8Array } {
  if (typeof content === 'string') return { contentType: 'text/plain', bytes: textArgument(content) };
  if (content instanceof Uint8Array) return { contentType: 'application/octet-stream', bytes: content };
  const { contentType, body } = content;
  return { contentType, bytes: typeof body === 'string' ? textArgument(body) : body };
}

/** Told here rather than by the server, which may close the connection on what is far too large without a word. */
export function tooLarge(): ClientError {
  return invalid(`the message has more than ${LIMITS.ciphertextBytes} bytes when it is encrypted`);
}

function invalid(detail: string): ClientError {
  return new ClientError('client.invalid-argument', detail);
}
