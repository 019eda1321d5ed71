import {
  compareBytes,
  concat,
  encodeEnvelope,
  encodeInner,
  encodeSignedMessage,
  headerBytes,
  LENGTHS,
  slotInfoBytes,
  uuidToBytes,
  type Envelope,
  type SignedMessage,
} from '@sealpost/protocol';

import { aeadSeal } from '../../packages/client/src/crypto/aead.js';
import { hpkeSeal } from '../../packages/client/src/crypto/hpke.js';
import { randomBytes, sign } from '../../packages/client/src/crypto/primitives.js';
import { deriveBodyKey, rcptOf } from '../../packages/client/src/envelope/seal.js';
import type { DeliveredMessage, OwnKeyPair, PartyKeys } from '../../packages/client/src/envelope/types.js';
import { freshUuid } from './parties.js';

/** Where a forger departs from what an honest sender does. */
export interface Forgery {
  readonly sender: OwnKeyPair;
  /** To whom slots are made, in order of userId. */
  readonly recipients: readonly PartyKeys[];
  readonly signed?: Partial<SignedMessage>;
  readonly signSeed?: Uint8Array;
  /** Changes the padded plaintext before it is encrypted. */
  readonly inner?: (inner: Uint8Array) => Uint8Array;
  readonly envelope?: (envelope: Envelope) => Envelope;
  readonly delivered?: Partial<DeliveredMessage>;
}

/** A message of suite `sealpost-v1` as somebody would make it who knows all keys and keeps to no rule. */
export function forgeMessage(forgery: Forgery): DeliveredMessage {
  const { sender, signed = {} } = forgery;
  const recipients = forgery.recipients.toSorted((a, b) => compareBytes(uuidToBytes(a.userId), uuidToBytes(b.userId)));
  const ids = { messageId: freshUuid(), conversationId: freshUuid() };
  const nonce = randomBytes(LENGTHS.nonce);
  const contentKey = randomBytes(LENGTHS.seed);
  const { key, commit } = deriveBodyKey(ids.messageId, contentKey, nonce);
  const message: SignedMessage = {
    ...ids,
    sender: rcptOf(sender),
    streamId: freshUuid(),
    seq: 1,
    prevHash: new Uint8Array(LENGTHS.hash),
    dependencies: [],
    sentAt: 1_790_000_000_000,
    recipients: recipients.map(rcptOf),
    commit,
    contentType: 'text/plain',
    content: Uint8Array.of(1, 2, 3),
    ...signed,
  };
  const tbs = encodeSignedMessage(message);
  const honest = encodeInner(sign(tbs, forgery.signSeed ?? sender.seeds.signSeed), tbs, message);
  const inner = forgery.inner?.(honest) ?? honest;
  const slots = recipients.map((recipient) => {
    const info = slotInfoBytes(ids.messageId, ids.conversationId, rcptOf(recipient));
    const { enc, ciphertext } = hpkeSeal(recipient.kemPublicKey, info, contentKey);
    return { kid: recipient.keysHash.slice(0, LENGTHS.kid), enc, wrappedKey: ciphertext };
  });
  const header = headerBytes({ ...ids, nonce, commit });
  const envelope = { ...ids, nonce, commit, slots, body: aeadSeal(key, nonce, inner, header) };
  return {
    ...ids,
    suite: 'sealpost-v1',
    senderId: sender.userId,
    senderKeyVersion: sender.version,
    recipients: recipients.map(({ userId, version }) => ({ userId, keyVersion: version })),
    ciphertext: encodeEnvelope(forgery.envelope?.(envelope) ?? envelope),
    ...forgery.delivered,
  };
}

/** The plaintext with `count` more zero bytes of padding. */
export function padFurther(inner: Uint8Array, count: number): Uint8Array {
  return concat(inner, new Uint8Array(count));
}
