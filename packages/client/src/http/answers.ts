import {
  isUuidV4OrV7,
  isUuidV7,
  MESSAGE_SUITES,
  type AckJson,
  type ChallengeJson,
  type DeliveryJson,
  type FieldErrorJson,
  type InboxJson,
  type KeyChainJson,
  type KeyStatementJson,
  type LoginJson,
  type MailboxEntryJson,
  type OfferedEscrowJson,
  type PutStateJson,
  type RecipientJson,
  type RegisterJson,
  type RotateJson,
  type SendJson,
  type ServiceJson,
  type ServiceRetentionJson,
  type SessionJson,
  type SessionListJson,
  type StateJson,
  type StreamMailboxJson,
  type TokensJson,
  type UserJson,
  type VaultJson,
} from '@sealpost/protocol';
import type { Problem } from '../errors.js';
import {
  base64Url,
  flag,
  integer,
  listOf,
  matching,
  objectOf,
  oneOf,
  optional,
  text,
  type Shape,
} from './json-shape.js';

const uuid = matching<string>(isUuidV4OrV7, 'UUID');
const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');

/** A problem of the API; `statements` is what 409 messages.stale-key-version carries besides. */
export const problemAnswer = objectOf<Problem>({
  type: text,
  title: text,
  status: integer,
  detail: text,
  instance: text,
  code: text,
  errors: optional(
    listOf(objectOf<FieldErrorJson>({ pointer: optional(text), parameter: optional(text), detail: text })),
  ),
});

export const serviceAnswer = objectOf<ServiceJson>({
  serviceId: text,
  protocolVersion: oneOf([1]),
  registration: oneOf(['open', 'invitation', 'closed']),
  passwordSuite: integer,
  messageSuites: listOf(oneOf(MESSAGE_SUITES)),
  limits: objectOf({ recipients: integer, ciphertextBytes: integer, longPollSeconds: integer }),
  retention: objectOf<ServiceRetentionJson>({
    maxExpiresInSeconds: integer,
    defaultExpiresInSeconds: optional(integer),
    deleteAfterAckSeconds: optional(integer),
  }),
  escrow: optional(objectOf<OfferedEscrowJson>({ publicKey: base64Url })),
  keysMaxAgeSeconds: optional(integer),
});

/** What only repeats the signed bytes is checked where the bytes are (contacts/chain.ts), and not read from here. */
export const statementAnswer = objectOf<KeyStatementJson>({
  statement: base64Url,
  signature: base64Url,
  previousSignature: optional(base64Url),
  keysHash: base64Url,
  userId: uuidV7,
  version: integer,
  createdAt: integer,
  recovery: flag,
  earlierKeysCompromised: flag,
  previousKeysHash: base64Url,
  signingPublicKey: base64Url,
  boxPublicKey: base64Url,
  kemPublicKey: base64Url,
});

export const staleKeyAnswer = objectOf<{ readonly statements: readonly KeyStatementJson[] }>({
  statements: listOf(statementAnswer),
});

export const userAnswer = objectOf<UserJson>({
  userId: uuidV7,
  loginId: text,
  handleSignature: base64Url,
  handleKeyVersion: integer,
  keys: statementAnswer,
});

export const chainAnswer = objectOf<KeyChainJson>({ statements: listOf(statementAnswer), nextFrom: optional(integer) });

/** Members of the answers that open a session. */
export const tokens = {
  accessToken: text,
  accessTokenExpiresAt: integer,
  refreshToken: text,
  refreshTokenExpiresAt: integer,
};
export const vault = { vault: base64Url, vaultVersion: integer, keyVersion: integer };

export const tokensAnswer = objectOf<TokensJson>(tokens);
export const vaultAnswer = objectOf<VaultJson>(vault);
export const rotateAnswer = objectOf<RotateJson>({ keys: statementAnswer, vaultVersion: integer });
export const registerAnswer = objectOf<RegisterJson>({ ...tokens, userId: uuidV7, sessionId: text });
export const loginAnswer = objectOf<LoginJson>({
  ...tokens,
  ...vault,
  userId: uuidV7,
  sessionId: text,
  passwordUnlock: base64Url,
  credentialVersion: integer,
});

export const stateAnswer = objectOf<StateJson>({
  stateVersion: integer,
  state: optional(base64Url),
  previousHash: optional(base64Url),
});
export const putStateAnswer = objectOf<PutStateJson>({ stateVersion: integer });

/** Salt and challenge are looked at where they are used: another length has an error of its own. */
export const challengeAnswer = objectOf<ChallengeJson>({
  suite: integer,
  salt: base64Url,
  challenge: text,
  expiresAt: integer,
});

export const sessionsAnswer = objectOf<SessionListJson>({
  sessions: listOf(
    objectOf<SessionJson>({
      id: text,
      name: text,
      createdAt: integer,
      lastUsedAt: integer,
      expiresAt: integer,
      current: flag,
    }),
  ),
});

export const sendAnswer = objectOf<SendJson>({
  id: uuidV7,
  receivedAt: integer,
  expiresAt: optional(integer),
  deliveries: listOf(objectOf<DeliveryJson>({ userId: uuidV7, sequence: integer })),
});

/** What became of one message of a batch. `problem` is the whole document, with what it carries beside RFC 9457's members. */
export interface SendResultAnswer {
  readonly status: number;
  readonly message?: SendJson;
  readonly problem?: unknown;
}

export interface SendBatchAnswer {
  readonly results: readonly SendResultAnswer[];
}

export const sendBatchAnswer = objectOf<SendBatchAnswer>({
  results: listOf(
    objectOf<SendResultAnswer>({
      status: integer,
      message: optional(sendAnswer),
      problem: optional((value) => value),
    }),
  ),
});

/** One entry that is malformed must not hide those behind it: hence its own shape, applied entry by entry. */
export const entryAnswer = objectOf<MailboxEntryJson>({
  sequence: integer,
  id: uuidV7,
  conversationId: uuid,
  suite: oneOf(MESSAGE_SUITES),
  senderId: uuidV7,
  senderKeyVersion: integer,
  senderNewestKeyVersion: optional(integer),
  recipients: listOf(objectOf<RecipientJson>({ userId: uuidV7, keyVersion: integer })),
  ciphertext: base64Url,
  nonce: optional(base64Url),
  receivedAt: integer,
  expiresAt: optional(integer),
});

/** A page of the mailbox whose entries are still unchecked, but for their position. */
export type InboxPage = Omit<InboxJson, 'entries'> & { readonly entries: readonly PositionedEntry[] };

export interface PositionedEntry {
  readonly sequence: number;
  readonly entry: unknown;
}

export const positioned: Shape<PositionedEntry> = (value, at) => ({
  sequence: objectOf<{ readonly sequence: number }>({ sequence: integer })(value, at).sequence,
  entry: value,
});

export const inboxAnswer = objectOf<InboxPage>({
  entries: listOf(positioned),
  nextAfter: integer,
  hasMore: flag,
  lastSequence: integer,
  acknowledgedUpTo: integer,
});

export const streamMailboxAnswer = objectOf<StreamMailboxJson>({ lastSequence: integer, acknowledgedUpTo: integer });

/** A newer server may have more reasons. */
export const streamEndAnswer = objectOf<{ readonly reason: string }>({ reason: text });

export const ackAnswer = objectOf<AckJson>({ acknowledgedUpTo: integer });
