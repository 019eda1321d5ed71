import {
  decodeHandover,
  decodeSignedHandover,
  encodeHandover,
  encodeSignedHandover,
  formatPairingCode,
  LENGTHS,
  pairingCodeBytes,
  pairingCommitmentBytes,
  pairingInfoBytes,
  pairingSignatureBytes,
  pairingTranscriptBytes,
  ProtocolError,
  type Handover,
  type PairingAnswer,
  type PairingContext,
  type PairingOffer,
  type SignedHandover,
} from '@sealpost/protocol';

import { CryptoRefused } from './crypto-refused.js';
import { hpkeOpen, hpkeSeal, type HpkeSealed } from './hpke.js';
import { constantTimeEqual, randomBytes, sha256, sign, verifySignature } from './primitives.js';
import { sodium } from './sodium.js';
import { wipe, wiping } from './wipe.js';

/** What a new device makes for one request, and forgets with it (section 10). */
export interface PairingSecrets {
  readonly offer: PairingOffer;
  /** 32 bytes; the private half of the offer's key. */
  readonly kemSeed: Uint8Array;
}

/** @param sessionKey thumbprint of the key that the session is to be bound to */
export function generatePairingSecrets(sessionKey?: Uint8Array): PairingSecrets {
  const kemSeed = randomBytes(LENGTHS.seed);
  const { publicKey, privateKey } = sodium().crypto_kem_xwing_seed_keypair(kemSeed);
  wipe(privateKey);
  const offer = { kemPublicKey: publicKey, deviceNonce: generatePairingNonce() };
  return { offer: sessionKey === undefined ? offer : { ...offer, sessionKey }, kemSeed };
}

export function generatePairingNonce(): Uint8Array {
  return randomBytes(LENGTHS.pairingNonce);
}

export function pairingCommitment(context: PairingContext, offer: PairingOffer): Uint8Array {
  return sha256(pairingCommitmentBytes(context, offer));
}

/** Whether what was revealed is what was committed to. */
export function isCommittedTo(commitment: Uint8Array, context: PairingContext, offer: PairingOffer): boolean {
  return constantTimeEqual(commitment, pairingCommitment(context, offer));
}

/** Everything that both sides have said, as one hash: 32 bytes. */
export function pairingTranscript(
  context: PairingContext,
  commitment: Uint8Array,
  answer: PairingAnswer,
  offer: PairingOffer,
): Uint8Array {
  return sha256(pairingTranscriptBytes(context, commitment, answer, offer));
}

/** What people compare: two groups of four digits. */
export function pairingCode(transcript: Uint8Array): string {
  return formatPairingCode(sha256(pairingCodeBytes(transcript)));
}

/** Encrypts a handover to the new device and signs it with the key that the transcript names. */
export function sealHandover(
  transcript: Uint8Array,
  kemPublicKey: Uint8Array,
  handover: Handover,
  signSeed: Uint8Array,
  seal: (publicKey: Uint8Array, info: Uint8Array, plaintext: Uint8Array) => HpkeSealed = hpkeSeal,
): Uint8Array {
  const plaintext = encodeHandover(handover);
  const sealed = wiping([plaintext], () => seal(kemPublicKey, pairingInfoBytes(transcript), plaintext));
  return encodeSignedHandover({ ...sealed, signature: sign(pairingSignatureBytes(transcript, sealed), signSeed) });
}

export function wipeHandover({ vaultKey, accountSecret }: Handover): void {
  wipe(vaultKey, accountSecret);
}

/**
 * Opens a handover. Its signature is verified apart, with `isSignedHandover`, where the keys of the account are known.
 * Throws CryptoRefused `malformed-blob`, `cannot-decrypt`.
 */
export function openHandover(transcript: Uint8Array, kemSeed: Uint8Array, blob: Uint8Array): Handover {
  const signed = decoding(() => decodeSignedHandover(blob));
  const plaintext = hpkeOpen(kemSeed, signed, pairingInfoBytes(transcript));
  return wiping([plaintext], () => decoding(() => decodeHandover(plaintext)));
}

/** Whether the holder of the signing key has handed this over in this exchange. Throws CryptoRefused `malformed-blob`. */
export function isSignedHandover(transcript: Uint8Array, blob: Uint8Array, signingPublicKey: Uint8Array): boolean {
  const signed: SignedHandover = decoding(() => decodeSignedHandover(blob));
  return verifySignature(signed.signature, pairingSignatureBytes(transcript, signed), signingPublicKey);
}

function decoding<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ProtocolError) throw new CryptoRefused('malformed-blob', error.message);
    throw error;
  }
}
