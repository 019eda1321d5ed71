import { ByteReader, ByteWriter, fromUtf8, tag, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { isServiceId } from './identifiers.js';
import { LENGTHS, LIMITS } from './limits.js';
import { uuidFromBytes, uuidToBytes } from './uuid.js';

/** The three public keys of one version. */
export interface PublicKeys {
  readonly signingPublicKey: Uint8Array;
  readonly boxPublicKey: Uint8Array;
  readonly kemPublicKey: Uint8Array;
}

/** An additional entry of a statement. Unknown types below 0x8000 are ignored, from 0x8000 on refused. */
export interface StatementEntry {
  readonly type: number;
  readonly value: Uint8Array;
}

/** The versioned public keys of a user (section 5). */
export interface KeyStatement extends PublicKeys {
  readonly serviceId: string;
  readonly userId: string;
  /** From 1. */
  readonly version: number;
  /** Unix time in milliseconds. */
  readonly createdAt: number;
  /** Flag bit 0: the previous signing key was lost. */
  readonly recovery: boolean;
  /** Flag bit 1: earlier keys are compromised. */
  readonly earlierKeysCompromised: boolean;
  /** Hash of the previous statement; zeros for version 1. */
  readonly previousKeysHash: Uint8Array;
  readonly entries: readonly StatementEntry[];
}

const RECOVERY = 1;
const EARLIER_COMPROMISED = 2;
const FIRST_CRITICAL_TYPE = 0x8000;

function encodeEntries(entries: readonly StatementEntry[]): Uint8Array {
  const writer = new ByteWriter();
  for (const entry of entries) writer.u16(entry.type, 'entries').lp(entry.value, 'entries');
  const bytes = writer.finish();
  decodeEntries(bytes);
  return bytes;
}

function decodeEntries(bytes: Uint8Array): StatementEntry[] {
  if (bytes.length > LIMITS.statementEntriesBytes) throw new ProtocolError('out-of-range', 'entries');
  const reader = new ByteReader(bytes, 'entries');
  const entries: StatementEntry[] = [];
  let lastType = -1;
  while (reader.remaining > 0) {
    const type = reader.u16('entries');
    if (type <= lastType) throw new ProtocolError(type === lastType ? 'duplicate' : 'not-sorted', 'entries');
    if (type >= FIRST_CRITICAL_TYPE) throw new ProtocolError('unknown-critical-entry', 'entries');
    entries.push({ type, value: reader.lp('entries') });
    lastType = type;
  }
  return entries;
}

/** `keys` of section 5: the bytes whose hash is signed. */
export function encodeKeyStatement(statement: KeyStatement): Uint8Array {
  if (!isServiceId(statement.serviceId)) throw new ProtocolError('malformed-text', 'serviceId');
  if (statement.version < 1) throw new ProtocolError('out-of-range', 'version');
  const flags = (statement.recovery ? RECOVERY : 0) | (statement.earlierKeysCompromised ? EARLIER_COMPROMISED : 0);
  return new ByteWriter()
    .raw(tag('keys/v1'))
    .lp(utf8(statement.serviceId), 'serviceId')
    .raw(uuidToBytes(statement.userId, 'userId'))
    .u32(statement.version, 'version')
    .fixed(statement.signingPublicKey, LENGTHS.signingPublicKey, 'signingPublicKey')
    .fixed(statement.boxPublicKey, LENGTHS.boxPublicKey, 'boxPublicKey')
    .u16(LENGTHS.kemPublicKey, 'kemPublicKey')
    .fixed(statement.kemPublicKey, LENGTHS.kemPublicKey, 'kemPublicKey')
    .u64(statement.createdAt, 'createdAt')
    .u8(flags, 'flags')
    .fixed(statement.previousKeysHash, LENGTHS.hash, 'previousKeysHash')
    .lp(encodeEntries(statement.entries), 'entries')
    .finish();
}

/** The statement of its bytes. Throws a ProtocolError at anything that an encoder would not have written. */
export function decodeKeyStatement(bytes: Uint8Array): KeyStatement {
  const reader = new ByteReader(bytes, 'statement');
  reader.expectTag('keys/v1');
  const serviceId = fromUtf8(reader.lp('serviceId'), 'serviceId');
  if (!isServiceId(serviceId)) throw new ProtocolError('malformed-text', 'serviceId');
  const userId = uuidFromBytes(reader.fixed(LENGTHS.uuid, 'userId'), 'userId', 7);
  const version = reader.u32('version');
  if (version < 1) throw new ProtocolError('out-of-range', 'version');
  const signingPublicKey = reader.fixed(LENGTHS.signingPublicKey, 'signingPublicKey');
  const boxPublicKey = reader.fixed(LENGTHS.boxPublicKey, 'boxPublicKey');
  const kemPublicKey = reader.lp('kemPublicKey');
  if (kemPublicKey.length !== LENGTHS.kemPublicKey) throw new ProtocolError('wrong-length', 'kemPublicKey');
  const createdAt = reader.u64('createdAt');
  const flags = reader.u8('flags');
  if ((flags & ~(RECOVERY | EARLIER_COMPROMISED)) !== 0) throw new ProtocolError('unknown-flags', 'flags');
  const previousKeysHash = reader.fixed(LENGTHS.hash, 'previousKeysHash');
  const entries = decodeEntries(reader.lp('entries'));
  reader.end();
  return {
    serviceId,
    userId,
    version,
    signingPublicKey,
    boxPublicKey,
    kemPublicKey,
    createdAt,
    recovery: (flags & RECOVERY) !== 0,
    earlierKeysCompromised: (flags & EARLIER_COMPROMISED) !== 0,
    previousKeysHash,
    entries,
  };
}

/** What signs a statement: tag(`keys-sig/v1`) ‖ keysHash, for both signatures. */
export function keysSignatureBytes(keysHash: Uint8Array): Uint8Array {
  return new ByteWriter().raw(tag('keys-sig/v1')).fixed(keysHash, LENGTHS.hash, 'keysHash').finish();
}

/** The binding of a loginId to a user (section 5, handleSignature). */
export interface Handle {
  readonly serviceId: string;
  /** Normalised. */
  readonly loginId: string;
  readonly userId: string;
  /** Version of the signing key that signs. */
  readonly version: number;
}

/** tag(`handle/v1`) ‖ lp(serviceId) ‖ lp(loginId) ‖ userId ‖ u32 version. */
export function handleBytes(handle: Handle): Uint8Array {
  return new ByteWriter()
    .raw(tag('handle/v1'))
    .lp(utf8(handle.serviceId), 'serviceId')
    .lp(utf8(handle.loginId), 'loginId')
    .raw(uuidToBytes(handle.userId, 'userId'))
    .u32(handle.version, 'version')
    .finish();
}

/** What the newest signing key signs of the vault that goes with statements which are published again (section 5). */
export interface Republication {
  readonly serviceId: string;
  readonly userId: string;
  /** The hash of the newest of the statements. */
  readonly keysHash: Uint8Array;
  readonly vaultVersion: number;
  /** H(vault). */
  readonly vaultHash: Uint8Array;
}

/** tag(`republish/v1`) ‖ lp(serviceId) ‖ userId ‖ keysHash ‖ u32 vaultVersion ‖ H(vault). */
export function republicationBytes(republication: Republication): Uint8Array {
  return new ByteWriter()
    .raw(tag('republish/v1'))
    .lp(utf8(republication.serviceId), 'serviceId')
    .raw(uuidToBytes(republication.userId, 'userId'))
    .fixed(republication.keysHash, LENGTHS.hash, 'keysHash')
    .u32(republication.vaultVersion, 'vaultVersion')
    .fixed(republication.vaultHash, LENGTHS.hash, 'vaultHash')
    .finish();
}

/** rcpt = userId ‖ u32 key version ‖ keysHash: one version of one user, as messages name it (section 8). */
export interface Rcpt {
  readonly userId: string;
  readonly keyVersion: number;
  readonly keysHash: Uint8Array;
}

export function encodeRcpt(rcpt: Rcpt): Uint8Array {
  return new ByteWriter()
    .raw(uuidToBytes(rcpt.userId, 'userId'))
    .u32(rcpt.keyVersion, 'keyVersion')
    .fixed(rcpt.keysHash, LENGTHS.hash, 'keysHash')
    .finish();
}

export function readRcpt(reader: ByteReader, field: string): Rcpt {
  return {
    userId: uuidFromBytes(reader.fixed(LENGTHS.uuid, field), field, 7),
    keyVersion: reader.u32(field),
    keysHash: reader.fixed(LENGTHS.hash, field),
  };
}
