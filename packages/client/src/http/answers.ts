import type * as wire from '@sealpost/protocol';
import { DPOP_MODES, LENGTHS, MESSAGE_SUITES } from '@sealpost/protocol';
import type { Problem } from '../errors.js';
import {
  about,
  base64Url,
  bytesOf,
  flag,
  integer,
  integerWithin,
  listOf,
  matching,
  objectOf,
  oneOf,
  optional,
  sequence,
  text,
  time,
  u32,
  uuid,
  uuidV7,
  version,
  versionOrNone,
  type Shape,
} from './json-shape.js';

const CODE = /^(x-)?[a-z][a-z-]*\.[a-z][a-z-]*$/;

/** A problem of the API; `statements` is what 409 messages.stale-key-version carries besides. */
export const problemAnswer = objectOf<Problem>({
  type: text,
  title: text,
  status: integerWithin(400, 599),
  detail: text,
  instance: text,
  code: matching<string>((value) => CODE.test(value), 'error code'),
  errors: optional(
    listOf(objectOf<wire.FieldErrorJson>({ pointer: optional(text), parameter: optional(text), detail: text })),
  ),
});

export const serviceAnswer = objectOf<wire.ServiceJson>({
  serviceId: text,
  protocolVersion: oneOf([1]),
  registration: oneOf(['open', 'invitation', 'closed']),
  passwordSuite: integerWithin(1, 255),
  messageSuites: listOf(oneOf(MESSAGE_SUITES)),
  dpop: oneOf(DPOP_MODES),
  limits: objectOf({ recipients: u32, ciphertextBytes: u32, longPollSeconds: u32 }),
  retention: objectOf<wire.ServiceRetentionJson>({
    maxExpiresInSeconds: u32,
    defaultExpiresInSeconds: optional(u32),
    deleteAfterAckSeconds: optional(u32),
  }),
  escrow: optional(objectOf<wire.OfferedEscrowJson>({ publicKey: bytesOf(LENGTHS.kemPublicKey) })),
  keysMaxAgeSeconds: optional(u32),
});

/** What only repeats the signed bytes is checked where the bytes are (trust/chain.ts), and not read from here. */
export const statementAnswer = objectOf<wire.KeyStatementJson>({
  statement: base64Url,
  signature: bytesOf(LENGTHS.signature),
  previousSignature: optional(bytesOf(LENGTHS.signature)),
  keysHash: bytesOf(LENGTHS.hash),
  userId: uuidV7,
  version,
  createdAt: time,
  recovery: flag,
  earlierKeysCompromised: flag,
  previousKeysHash: bytesOf(LENGTHS.hash),
  signingPublicKey: bytesOf(LENGTHS.signingPublicKey),
  boxPublicKey: bytesOf(LENGTHS.boxPublicKey),
  kemPublicKey: bytesOf(LENGTHS.kemPublicKey),
});

export const staleKeyAnswer = objectOf<{ readonly statements: readonly wire.KeyStatementJson[] }>({
  statements: listOf(statementAnswer),
});

const handle = {
  userId: uuidV7,
  loginId: text,
  handleSignature: bytesOf(LENGTHS.signature),
  handleKeyVersion: version,
};

export const userAnswer = objectOf<wire.UserJson>({ ...handle, keys: statementAnswer });

export const sendersAnswer = objectOf<wire.SendersJson>({ senders: listOf(objectOf<wire.SenderJson>(handle)) });

const chainAnswer = objectOf<wire.KeyChainJson>({ items: listOf(statementAnswer), next: optional(version) });

/** Statements of the user who was asked for. */
export function chainOf(userId: string): Shape<wire.KeyChainJson> {
  return about(chainAnswer, ({ items }) => items.every((one) => one.userId === userId), 'another user');
}

export const rotateAnswer = objectOf<wire.RotateJson>({ keys: statementAnswer, vaultVersion: version });
export const stateAnswer = objectOf<wire.StateJson>({
  stateVersion: versionOrNone,
  state: optional(base64Url),
  previousHash: optional(bytesOf(LENGTHS.hash)),
});
export const putStateAnswer = objectOf<wire.PutStateJson>({ stateVersion: version });

export const sendAnswer = objectOf<wire.SendJson>({
  id: uuidV7,
  receivedAt: time,
  expiresAt: optional(time),
  deliveries: listOf(objectOf<wire.DeliveryJson>({ userId: uuidV7, sequence })),
});

/** What became of one message of a batch. `problem` is the whole document, with what it carries beside RFC 9457's members. */
export interface SendResultAnswer {
  readonly status: number;
  readonly message?: wire.SendJson;
  readonly problem?: unknown;
}

export interface SendBatchAnswer {
  readonly results: readonly SendResultAnswer[];
}

export const sendBatchAnswer = objectOf<SendBatchAnswer>({
  results: listOf(
    objectOf<SendResultAnswer>({
      status: integerWithin(200, 599),
      message: optional(sendAnswer),
      problem: optional((value) => value),
    }),
  ),
});

/** One entry that is malformed must not hide those behind it: hence its own shape, applied entry by entry. */
export const entryAnswer = objectOf<wire.MailboxEntryJson>({
  sequence,
  id: uuidV7,
  conversationId: uuid,
  suite: oneOf(MESSAGE_SUITES),
  senderId: uuidV7,
  senderKeyVersion: version,
  senderNewestKeyVersion: optional(version),
  recipients: listOf(objectOf<wire.RecipientJson>({ userId: uuidV7, keyVersion: version })),
  ciphertext: base64Url,
  nonce: optional(base64Url),
  receivedAt: time,
  expiresAt: optional(time),
});

/** A page of the mailbox whose entries are still unchecked, but for their position. */
export type InboxPage = Omit<wire.InboxJson, 'items'> & { readonly items: readonly PositionedEntry[] };

export interface PositionedEntry {
  readonly sequence: number;
  readonly entry: unknown;
}

export const positioned: Shape<PositionedEntry> = (value, at) => ({
  sequence: objectOf<{ readonly sequence: number }>({ sequence })(value, at).sequence,
  entry: value,
});

const inboxAnswer = objectOf<InboxPage>({
  items: listOf(positioned),
  next: optional(integer),
  lastSequence: integer,
  acknowledgedUpTo: integer,
});

/** Behind what was asked for, no more than that, and nothing behind the end of the mailbox. */
export function pageOf({ after, limit }: { readonly after: number; readonly limit: number }): Shape<InboxPage> {
  const isAsked = ({ items, next, lastSequence }: InboxPage): boolean =>
    items.length <= limit &&
    items.every(({ sequence }) => sequence > after && sequence <= lastSequence) &&
    (next === undefined || next === items.at(-1)?.sequence);
  return about(inboxAnswer, isAsked, 'other entries than were asked for');
}

export const streamMailboxAnswer = objectOf<wire.StreamMailboxJson>({
  lastSequence: integer,
  acknowledgedUpTo: integer,
});

/** A newer server may have more reasons. */
export const streamEndAnswer = objectOf<{ readonly reason: string }>({ reason: text });

export const ackAnswer = objectOf<wire.AckJson>({ acknowledgedUpTo: integer });
