import {
  encodeBoxMessage,
  encodeEnvelope,
  encodeInner,
  encodeSignedMessage,
  compareBytes,
  concat,
  headerBytes,
  LENGTHS,
  slotInfoBytes,
  tag,
  uuidToBytes,
  type Rcpt,
  type SignedMessage,
  type Slot,
} from '@sealpost/protocol';

import { aeadSeal } from '../crypto/aead.js';
import { boxSeal, sealedBoxSeal } from '../crypto/box.js';
import { deriveCommittedKey } from '../crypto/committed-aead.js';
import { hpkeSeal, hpkeSealDeterministic } from '../crypto/hpke.js';
import { randomBytes, sha256, sign } from '../crypto/primitives.js';
import { wipe, wiping } from '../crypto/wipe.js';
import { resendHashOf } from './resend-hash.js';
import type {
  BoxSealRequest,
  PartyKeys,
  SealedMessage,
  SealedSignedMessage,
  SealRequest,
  SignedSealRequest,
} from './types.js';

/** rcpt of one version of one user, as messages name it. */
export function rcptOf(keys: PartyKeys): Rcpt {
  return { userId: keys.userId, keyVersion: keys.version, keysHash: keys.keysHash };
}

/**
 * Encrypts a message in the suite that the request names. Throws a ProtocolError for what does not fit the protocol:
 * too many or repeated recipients, a content type that is not printable ASCII.
 */
export function sealMessage(request: SignedSealRequest): SealedSignedMessage;
export function sealMessage(request: BoxSealRequest): SealedMessage;
export function sealMessage(request: SealRequest): SealedMessage | SealedSignedMessage;
export function sealMessage(request: SealRequest): SealedMessage | SealedSignedMessage {
  return request.suite === 'sealpost-v1' ? sealSigned(request) : sealBox(request);
}

/** What is random in a message. Given by tests of fixed examples, and by nobody else. */
export interface SealRandomness {
  readonly contentKey: Uint8Array;
  readonly nonce: Uint8Array;
  /** 64-byte seeds of the encapsulations, by position of the sorted recipients. */
  readonly kemSeeds: readonly Uint8Array[];
}

/** Suite `sealpost-v1` (section 8.2). */
export function sealSigned(request: SignedSealRequest, fixed?: SealRandomness): SealedSignedMessage {
  const contentKey = fixed?.contentKey.slice() ?? randomBytes(LENGTHS.seed);
  const nonce = fixed?.nonce ?? randomBytes(LENGTHS.nonce);
  const { messageId, conversationId } = request;
  const recipients = sortedRecipients(request.recipients);
  const { key, commit } = deriveBodyKey(messageId, contentKey, nonce);
  return wiping([contentKey, key], () => {
    const message = messageOf(request, recipients, commit);
    const tbs = encodeSignedMessage(message);
    const header = headerBytes({ messageId, conversationId, nonce, commit });
    const inner = encodeInner(sign(tbs, request.sender.seeds.signSeed), tbs, message);
    const body = aeadSeal(key, nonce, inner, header);
    wipe(inner);
    const slots = recipients.map((recipient, index) =>
      sealSlot(request, recipient, contentKey, fixed?.kemSeeds[index]),
    );
    const ciphertext = encodeEnvelope({ messageId, conversationId, nonce, commit, slots, body });
    const hash = sha256(concat(header, tbs));
    wipe(tbs);
    return { ciphertext, hash, resendHash: resendHashOf(message) };
  });
}

/** key ‖ commit of section 8.2, from the content key. */
export function deriveBodyKey(
  messageId: string,
  contentKey: Uint8Array,
  nonce: Uint8Array,
): ReturnType<typeof deriveCommittedKey> {
  return deriveCommittedKey(uuidToBytes(messageId), contentKey, concat(tag('body/v1'), nonce));
}

function sortedRecipients(recipients: readonly PartyKeys[]): readonly PartyKeys[] {
  return recipients.toSorted((a, b) => compareBytes(uuidToBytes(a.userId), uuidToBytes(b.userId)));
}

function messageOf(request: SignedSealRequest, recipients: readonly PartyKeys[], commit: Uint8Array): SignedMessage {
  return {
    messageId: request.messageId,
    conversationId: request.conversationId,
    sender: rcptOf(request.sender),
    ...request.position,
    sentAt: request.sentAt,
    recipients: recipients.map(rcptOf),
    commit,
    contentType: request.contentType,
    content: request.content,
  };
}

function sealSlot(
  request: SignedSealRequest,
  recipient: PartyKeys,
  contentKey: Uint8Array,
  seed: Uint8Array | undefined,
): Slot {
  const info = slotInfoBytes(request.messageId, request.conversationId, rcptOf(recipient));
  const sealed =
    seed === undefined
      ? hpkeSeal(recipient.kemPublicKey, info, contentKey)
      : hpkeSealDeterministic(recipient.kemPublicKey, info, contentKey, seed);
  return { kid: recipient.keysHash.slice(0, LENGTHS.kid), enc: sealed.enc, wrappedKey: sealed.ciphertext };
}

/** The plain libsodium suites (section 9). */
export function sealBox(request: BoxSealRequest, fixedNonce?: Uint8Array): SealedMessage {
  const { suite, sender, messageId, conversationId, contentType, content } = request;
  const [recipient] = request.recipients;
  const parties = { sender: rcptOf(sender), recipient: rcptOf(recipient) };
  const plaintext = encodeBoxMessage({ suite, messageId, conversationId, ...parties, contentType, content });
  return wiping([plaintext], () => {
    if (suite === 'sealed-box') return { ciphertext: sealedBoxSeal(recipient.boxPublicKey, plaintext) };
    const nonce = fixedNonce ?? randomBytes(LENGTHS.nonce);
    return { ciphertext: boxSeal(sender.seeds.boxSeed, recipient.boxPublicKey, nonce, plaintext), nonce };
  });
}
