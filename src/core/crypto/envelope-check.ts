import {
  checkX25519PublicKey,
  decodeEnvelope,
  equalBytes,
  LENGTHS,
  LIMITS,
  MIN_BOX_CIPHERTEXT,
  ProtocolError,
  type BoxSuite,
  type Envelope,
  type ErrorExtensions,
  type KeyRefusal,
  type MessageSuite,
  type ProtocolReason,
} from '@sealpost/protocol';

/** What a request states about the bytes it carries. */
export interface EnvelopeInput {
  readonly id: string;
  readonly conversationId: string;
  readonly suite: MessageSuite;
  readonly ciphertext: Uint8Array;
  /** The nonce of suite `box`, and of no other: `sealpost-v1` carries its nonce in the blob. */
  readonly nonce?: Uint8Array;
  readonly recipients: readonly { readonly userId: string }[];
}

/** A recipient and the hash of the key statement that its stated version stands for. */
export interface EnvelopeRecipient {
  readonly userId: string;
  readonly keysHash: Uint8Array;
}

type EnvelopeFault = ErrorExtensions<'messages.envelope-refused'>['reason'];

/** Why a message is refused. `pointer` is the member of the request at fault, `member` that of the decoded envelope. */
export type EnvelopeRefusal = { readonly pointer: string; readonly member?: string } & (
  | { readonly reason: 'malformed'; readonly cause: ProtocolReason }
  | { readonly reason: 'invalid-key'; readonly cause: KeyRefusal }
  | { readonly reason: 'wrong-slot'; readonly slot: number }
  | { readonly reason: Exclude<EnvelopeFault, 'malformed' | 'invalid-key' | 'wrong-slot'> }
);

/** An envelope whose form was checked; of the plain libsodium suites nothing is left to check against key versions. */
export type CheckedEnvelope =
  { readonly suite: 'sealpost-v1'; readonly envelope: Envelope } | { readonly suite: BoxSuite };

export type EnvelopeVerdict =
  { readonly ok: true; readonly checked: CheckedEnvelope } | { readonly ok: false; readonly refusal: EnvelopeRefusal };

const refuse = (refusal: EnvelopeRefusal): EnvelopeVerdict => ({ ok: false, refusal });

/**
 * Everything of sections 8.3 and 9.1 that needs no look at the database. Opens nothing, never throws for bad input,
 * and copies no more than one parse of the blob.
 */
export function checkEnvelopeForm(input: EnvelopeInput): EnvelopeVerdict {
  const refusal = checkRecipients(input) ?? checkNonce(input);
  if (refusal !== null) return refuse(refusal);
  if (input.ciphertext.length > LIMITS.ciphertextBytes) {
    return refuse({ pointer: '/ciphertext', reason: 'too-long' });
  }
  return input.suite === 'sealpost-v1' ? checkBlob(input) : checkBox(input, input.suite);
}

function checkRecipients({ recipients, suite }: EnvelopeInput): EnvelopeRefusal | null {
  const most = suite === 'sealpost-v1' ? LIMITS.recipients : 1;
  if (recipients.length < 1 || recipients.length > most) {
    return { pointer: '/recipients', reason: 'wrong-recipient-count' };
  }
  const seen = new Set<string>();
  for (const [index, { userId }] of recipients.entries()) {
    if (seen.has(userId)) return { pointer: `/recipients/${index}/userId`, reason: 'duplicate-recipient' };
    seen.add(userId);
  }
  return null;
}

function checkNonce({ nonce, suite }: EnvelopeInput): EnvelopeRefusal | null {
  const pointer = '/nonce';
  if (suite !== 'box') return nonce === undefined ? null : { pointer, reason: 'nonce-not-allowed' };
  if (nonce === undefined) return { pointer, reason: 'nonce-missing' };
  return nonce.length === LENGTHS.nonce ? null : { pointer, reason: 'nonce-length' };
}

function checkBlob(input: EnvelopeInput): EnvelopeVerdict {
  const pointer = '/ciphertext';
  let envelope: Envelope;
  try {
    envelope = decodeEnvelope(input.ciphertext);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return refuse({ pointer, member: error.field, reason: 'malformed', cause: error.reason });
  }
  if (envelope.messageId !== input.id) return refuse({ pointer, member: 'messageId', reason: 'wrong-message-id' });
  if (envelope.conversationId !== input.conversationId) {
    return refuse({ pointer, member: 'conversationId', reason: 'wrong-conversation-id' });
  }
  if (envelope.slots.length !== input.recipients.length) {
    return refuse({ pointer, member: 'slots', reason: 'wrong-slot-count' });
  }
  return { ok: true, checked: { suite: 'sealpost-v1', envelope } };
}

function checkBox({ ciphertext }: EnvelopeInput, suite: BoxSuite): EnvelopeVerdict {
  const pointer = '/ciphertext';
  if (ciphertext.length < MIN_BOX_CIPHERTEXT[suite]) return refuse({ pointer, reason: 'too-short' });
  if (suite === 'sealed-box') {
    // crypto_box_seal puts its ephemeral X25519 public key first.
    const cause = checkX25519PublicKey(ciphertext.subarray(0, LENGTHS.boxPublicKey));
    if (cause !== null) return refuse({ pointer, member: 'ephemeralPublicKey', reason: 'invalid-key', cause });
  }
  return { ok: true, checked: { suite } };
}

/**
 * One slot for each recipient and no other: slot i belongs to the i-th recipient by userId, which is the order of the
 * signed list, and its kid is the beginning of that recipient's keysHash (section 8.3). In any order of `recipients`.
 */
export function checkEnvelopeSlots(
  checked: CheckedEnvelope,
  recipients: readonly EnvelopeRecipient[],
): EnvelopeRefusal | null {
  if (checked.suite !== 'sealpost-v1') return null;
  const { slots } = checked.envelope;
  const pointer = '/ciphertext';
  if (slots.length !== recipients.length) return { pointer, member: 'slots', reason: 'wrong-slot-count' };
  // Lower-case UUIDs of one form sort as their bytes do.
  const sorted = [...recipients].sort((a, b) => (a.userId < b.userId ? -1 : 1));
  for (const [slot, { keysHash }] of sorted.entries()) {
    const kid = slots[slot]?.kid;
    if (kid === undefined || !equalBytes(kid, keysHash.subarray(0, LENGTHS.kid))) {
      return { pointer, member: 'slots', reason: 'wrong-slot', slot };
    }
  }
  return null;
}
