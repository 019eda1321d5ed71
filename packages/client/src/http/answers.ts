import {
  DPOP_MODES,
  isUuidV4OrV7,
  isUuidV7,
  LENGTHS,
  MESSAGE_SUITES,
  type AckJson,
  type BlockJson,
  type BlocksJson,
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
  type SenderJson,
  type SendersJson,
  type UserJson,
  type VaultJson,
} from '@sealpost/protocol';
import type { Problem } from '../errors.js';
import {
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
  token,
  u32,
  version,
  versionOrNone,
  type Shape,
} from './json-shape.js';

export const uuid = matching<string>(isUuidV4OrV7, 'UUID');
const uuidV7 = matching<string>(isUuidV7, 'UUID of version 7');

export const blocksAnswer = objectOf<BlocksJson>({
  items: listOf(objectOf<BlockJson>({ userId: uuidV7, blockedAt: integer })),
  next: optional(uuidV7),
});

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
    listOf(objectOf<FieldErrorJson>({ pointer: optional(text), parameter: optional(text), detail: text })),
  ),
});

export const serviceAnswer = objectOf<ServiceJson>({
  serviceId: text,
  protocolVersion: oneOf([1]),
  registration: oneOf(['open', 'invitation', 'closed']),
  passwordSuite: integerWithin(1, 255),
  messageSuites: listOf(oneOf(MESSAGE_SUITES)),
  dpop: oneOf(DPOP_MODES),
  limits: objectOf({ recipients: u32, ciphertextBytes: u32, longPollSeconds: u32 }),
  retention: objectOf<ServiceRetentionJson>({
    maxExpiresInSeconds: u32,
    defaultExpiresInSeconds: optional(u32),
    deleteAfterAckSeconds: optional(u32),
  }),
  escrow: optional(objectOf<OfferedEscrowJson>({ publicKey: bytesOf(LENGTHS.kemPublicKey) })),
  keysMaxAgeSeconds: optional(u32),
});

/** What only repeats the signed bytes is checked where the bytes are (contacts/chain.ts), and not read from here. */
export const statementAnswer = objectOf<KeyStatementJson>({
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

export const staleKeyAnswer = objectOf<{ readonly statements: readonly KeyStatementJson[] }>({
  statements: listOf(statementAnswer),
});

const handle = {
  userId: uuidV7,
  loginId: text,
  handleSignature: bytesOf(LENGTHS.signature),
  handleKeyVersion: version,
};

export const userAnswer = objectOf<UserJson>({ ...handle, keys: statementAnswer });

export const sendersAnswer = objectOf<SendersJson>({ senders: listOf(objectOf<SenderJson>(handle)) });

export const chainAnswer = objectOf<KeyChainJson>({ items: listOf(statementAnswer), next: optional(version) });

/** Members of the answers that open a session. */
export const tokens = {
  accessToken: token,
  accessTokenExpiresAt: time,
  refreshToken: token,
  refreshTokenExpiresAt: time,
  deviceToken: token,
};
export const vault = { vault: base64Url, vaultVersion: version, keyVersion: version };

export const tokensAnswer = objectOf<TokensJson>(tokens);
export const vaultAnswer = objectOf<VaultJson>(vault);
export const rotateAnswer = objectOf<RotateJson>({ keys: statementAnswer, vaultVersion: version });
export const registerAnswer = objectOf<RegisterJson>({ ...tokens, userId: uuidV7, sessionId: uuid });
export const loginAnswer = objectOf<LoginJson>({
  ...tokens,
  ...vault,
  userId: uuidV7,
  sessionId: uuid,
  passwordUnlock: bytesOf(LENGTHS.unlock),
  credentialVersion: version,
});

export const stateAnswer = objectOf<StateJson>({
  stateVersion: versionOrNone,
  state: optional(base64Url),
  previousHash: optional(bytesOf(LENGTHS.hash)),
});
export const putStateAnswer = objectOf<PutStateJson>({ stateVersion: version });

/** Salt and challenge are looked at where they are used: another length has an error of its own. */
export const challengeAnswer = objectOf<ChallengeJson>({
  suite: integer,
  salt: base64Url,
  challenge: text,
  expiresAt: time,
});

export const sessionsAnswer = objectOf<SessionListJson>({
  items: listOf(
    objectOf<SessionJson>({
      id: uuid,
      name: text,
      createdAt: time,
      lastUsedAt: time,
      expiresAt: time,
      current: flag,
    }),
  ),
});

export const sendAnswer = objectOf<SendJson>({
  id: uuidV7,
  receivedAt: time,
  expiresAt: optional(time),
  deliveries: listOf(objectOf<DeliveryJson>({ userId: uuidV7, sequence })),
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
      status: integerWithin(200, 599),
      message: optional(sendAnswer),
      problem: optional((value) => value),
    }),
  ),
});

/** One entry that is malformed must not hide those behind it: hence its own shape, applied entry by entry. */
export const entryAnswer = objectOf<MailboxEntryJson>({
  sequence,
  id: uuidV7,
  conversationId: uuid,
  suite: oneOf(MESSAGE_SUITES),
  senderId: uuidV7,
  senderKeyVersion: version,
  senderNewestKeyVersion: optional(version),
  recipients: listOf(objectOf<RecipientJson>({ userId: uuidV7, keyVersion: version })),
  ciphertext: base64Url,
  nonce: optional(base64Url),
  receivedAt: time,
  expiresAt: optional(time),
});

/** A page of the mailbox whose entries are still unchecked, but for their position. */
export type InboxPage = Omit<InboxJson, 'items'> & { readonly items: readonly PositionedEntry[] };

export interface PositionedEntry {
  readonly sequence: number;
  readonly entry: unknown;
}

export const positioned: Shape<PositionedEntry> = (value, at) => ({
  sequence: objectOf<{ readonly sequence: number }>({ sequence })(value, at).sequence,
  entry: value,
});

export const inboxAnswer = objectOf<InboxPage>({
  items: listOf(positioned),
  next: optional(integer),
  lastSequence: integer,
  acknowledgedUpTo: integer,
});

export const streamMailboxAnswer = objectOf<StreamMailboxJson>({ lastSequence: integer, acknowledgedUpTo: integer });

/** A newer server may have more reasons. */
export const streamEndAnswer = objectOf<{ readonly reason: string }>({ reason: text });

export const ackAnswer = objectOf<AckJson>({ acknowledgedUpTo: integer });
