import { ByteReader, ByteWriter, tag, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { encodeRcpt, type Rcpt } from './key-statement.js';
import { LENGTHS } from './limits.js';
import { encodeLoginFields } from './session-key.js';
import { uuidToBytes } from './uuid.js';

/** What a new device and the one that approves it both know before either has chosen anything (section 10). */
export interface PairingContext {
  readonly serviceId: string;
  /** Normalised; of the account that the device wants to join. */
  readonly loginId: string;
  /** A UUID of version 7, made by the new device. */
  readonly requestId: string;
  /** What the new device calls itself; may be empty. */
  readonly deviceName: string;
}

/** What the new device commits to, and reveals once it knows what the approver has chosen. */
export interface PairingOffer {
  /** Ephemeral X-Wing public key, 1216 bytes. */
  readonly kemPublicKey: Uint8Array;
  /** 32 random bytes. */
  readonly deviceNonce: Uint8Array;
  /** RFC 7638 thumbprint of the key that the session is to be bound to, 32 bytes; absent where it is not. */
  readonly sessionKey?: Uint8Array | undefined;
}

/** What the approver chooses once it has the commitment. */
export interface PairingAnswer {
  /** The newest keys of the account, as the approver's vault holds them. */
  readonly approver: Rcpt;
  /** 32 random bytes. */
  readonly approverNonce: Uint8Array;
}

/** Everything that both sides have said before the handover. */
export interface PairingExchange {
  readonly context: PairingContext;
  /** 32 bytes. */
  readonly commitment: Uint8Array;
  readonly answer: PairingAnswer;
  readonly offer: PairingOffer;
}

function contextWriter(name: string, context: PairingContext): ByteWriter {
  return new ByteWriter()
    .raw(tag(name))
    .lp(utf8(context.serviceId), 'serviceId')
    .lp(utf8(context.loginId), 'loginId')
    .raw(uuidToBytes(context.requestId, 'requestId'))
    .lp(utf8(context.deviceName, 'deviceName'), 'deviceName');
}

/** lp(kemPk) ‖ deviceNonce, and lp(thumbprint) where there is a session key; always at the end. */
function writeOffer(writer: ByteWriter, offer: PairingOffer): ByteWriter {
  writer
    .u16(LENGTHS.kemPublicKey, 'kemPublicKey')
    .fixed(offer.kemPublicKey, LENGTHS.kemPublicKey, 'kemPublicKey')
    .fixed(offer.deviceNonce, LENGTHS.pairingNonce, 'deviceNonce');
  return offer.sessionKey === undefined ? writer : writer.raw(encodeLoginFields(offer.sessionKey));
}

/** The hash input of the commitment: tag(`pair/commit/v1`) ‖ context ‖ offer. */
export function pairingCommitmentBytes(context: PairingContext, offer: PairingOffer): Uint8Array {
  return writeOffer(contextWriter('pair/commit/v1', context), offer).finish();
}

/** The hash input of the transcript: everything that either side has said, in the order in which it was said. */
export function pairingTranscriptBytes(
  context: PairingContext,
  commitment: Uint8Array,
  answer: PairingAnswer,
  offer: PairingOffer,
): Uint8Array {
  const said = contextWriter('pair/v1', context)
    .fixed(commitment, LENGTHS.hash, 'commitment')
    .raw(encodeRcpt(answer.approver))
    .fixed(answer.approverNonce, LENGTHS.pairingNonce, 'approverNonce');
  return writeOffer(said, offer).finish();
}

/** The hash input of the code: tag(`pair/code/v1`) ‖ transcript hash. */
export function pairingCodeBytes(transcript: Uint8Array): Uint8Array {
  return new ByteWriter().raw(tag('pair/code/v1')).fixed(transcript, LENGTHS.hash, 'transcript').finish();
}

const CODES = 100_000_000n;

/** Eight decimal digits in two groups: the first 8 bytes of the hash, big-endian, mod 10^8. */
export function formatPairingCode(hash: Uint8Array): string {
  if (hash.length !== LENGTHS.hash) throw new ProtocolError('wrong-length', 'hash');
  const value = new DataView(hash.buffer, hash.byteOffset).getBigUint64(0);
  const digits = String(value % CODES).padStart(8, '0');
  return `${digits.slice(0, 4)} ${digits.slice(4)}`;
}

/** The eight digits of a code that a person has typed, with or without spaces and hyphens; null for anything else. */
export function pairingCodeDigits(text: string): string | null {
  const digits = text.replace(/[\s-]/g, '');
  return /^[0-9]{8}$/.test(digits) ? digits : null;
}

/** The HPKE info of the handover: tag(`pair/key/v1`) ‖ transcript hash. */
export function pairingInfoBytes(transcript: Uint8Array): Uint8Array {
  return new ByteWriter().raw(tag('pair/key/v1')).fixed(transcript, LENGTHS.hash, 'transcript').finish();
}

/** What the approver's signing key signs: tag(`pair/sig/v1`) ‖ transcript hash ‖ enc ‖ ciphertext. */
export function pairingSignatureBytes(transcript: Uint8Array, sealed: SealedHandover): Uint8Array {
  return new ByteWriter()
    .raw(tag('pair/sig/v1'))
    .fixed(transcript, LENGTHS.hash, 'transcript')
    .fixed(sealed.enc, LENGTHS.kemCiphertext, 'enc')
    .fixed(sealed.ciphertext, LENGTHS.pairingCiphertext, 'ciphertext')
    .finish();
}

/** What a new device needs besides what the server has. */
export interface Handover {
  readonly vaultKey: Uint8Array;
  /** keysHash of the account's root statement. */
  readonly rootHash: Uint8Array;
  /** The password suite of the account; the server may never name a lower one. */
  readonly suite: number;
  /** The newest vault that the approver has seen; the server may never show an older one. */
  readonly vaultVersion: number;
  /** 32 bytes, where the user's devices hold one (section 2). */
  readonly accountSecret?: Uint8Array;
}

const FORMAT = 1;

/** u8 1 ‖ vaultKey ‖ rootHash ‖ u8 suite ‖ u32 vaultVersion ‖ u8 has accountSecret ‖ accountSecret or 32 zeros. */
export function encodeHandover(handover: Handover): Uint8Array {
  const { accountSecret } = handover;
  return new ByteWriter()
    .u8(FORMAT, 'format')
    .fixed(handover.vaultKey, LENGTHS.seed, 'vaultKey')
    .fixed(handover.rootHash, LENGTHS.hash, 'rootHash')
    .u8(handover.suite, 'suite')
    .u32(handover.vaultVersion, 'vaultVersion')
    .u8(accountSecret === undefined ? 0 : 1, 'accountSecret')
    .fixed(accountSecret ?? new Uint8Array(LENGTHS.seed), LENGTHS.seed, 'accountSecret')
    .finish();
}

export function decodeHandover(bytes: Uint8Array): Handover {
  const reader = new ByteReader(bytes, 'handover');
  if (reader.u8('format') !== FORMAT) throw new ProtocolError('wrong-format', 'handover');
  const handover = {
    vaultKey: reader.fixed(LENGTHS.seed, 'vaultKey'),
    rootHash: reader.fixed(LENGTHS.hash, 'rootHash'),
    suite: reader.u8('suite'),
    vaultVersion: reader.u32('vaultVersion'),
  };
  const present = reader.u8('accountSecret');
  const accountSecret = reader.fixed(LENGTHS.seed, 'accountSecret');
  reader.end();
  if (present > 1) throw new ProtocolError('out-of-range', 'accountSecret');
  return present === 1 ? { ...handover, accountSecret } : handover;
}

/** The two parts of an HPKE ciphertext of an encoded handover. */
export interface SealedHandover {
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** What the server carries to the new device. */
export interface SignedHandover extends SealedHandover {
  /** By the signing key of the version that the answer names. */
  readonly signature: Uint8Array;
}

/** 0x01 ‖ enc ‖ ciphertext ‖ signature. */
export function encodeSignedHandover(handover: SignedHandover): Uint8Array {
  return new ByteWriter()
    .u8(FORMAT, 'format')
    .fixed(handover.enc, LENGTHS.kemCiphertext, 'enc')
    .fixed(handover.ciphertext, LENGTHS.pairingCiphertext, 'ciphertext')
    .fixed(handover.signature, LENGTHS.signature, 'signature')
    .finish();
}

export function decodeSignedHandover(bytes: Uint8Array): SignedHandover {
  const reader = new ByteReader(bytes, 'handover');
  if (reader.u8('format') !== FORMAT) throw new ProtocolError('wrong-format', 'handover');
  const handover = {
    enc: reader.fixed(LENGTHS.kemCiphertext, 'enc'),
    ciphertext: reader.fixed(LENGTHS.pairingCiphertext, 'ciphertext'),
    signature: reader.fixed(LENGTHS.signature, 'signature'),
  };
  reader.end();
  return handover;
}
