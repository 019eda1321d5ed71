import { ByteReader, ByteWriter, tag, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { LENGTHS } from './limits.js';
import { uuidToBytes } from './uuid.js';

/** Labels of the committed AEAD (section 6). */
export const VAULT_LABEL = 'vault/keys/v1';
export const UNLOCK_LABEL = 'unlock/keys/v1';
export const STATE_LABEL = 'state/keys/v1';

const FORMAT = 1;

/** The parts of 0x01 ‖ nonce ‖ commit ‖ ciphertext. */
export interface CommittedBlob {
  readonly nonce: Uint8Array;
  readonly commit: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export function encodeCommittedBlob(blob: CommittedBlob): Uint8Array {
  return new ByteWriter()
    .u8(FORMAT, 'format')
    .fixed(blob.nonce, LENGTHS.nonce, 'nonce')
    .fixed(blob.commit, LENGTHS.commit, 'commit')
    .raw(blob.ciphertext)
    .finish();
}

export function decodeCommittedBlob(bytes: Uint8Array, field: string): CommittedBlob {
  const reader = new ByteReader(bytes, field);
  if (reader.u8(field) !== FORMAT) throw new ProtocolError('wrong-format', field);
  const nonce = reader.fixed(LENGTHS.nonce, field);
  const commit = reader.fixed(LENGTHS.commit, field);
  if (reader.remaining < LENGTHS.aeadTag) throw new ProtocolError('truncated', field);
  return { nonce, commit, ciphertext: reader.fixed(reader.remaining, field) };
}

/** What a vault is bound to. */
export interface VaultHeader {
  readonly serviceId: string;
  readonly userId: string;
  /** From 1. */
  readonly vaultVersion: number;
  /** The newest key version, and the hash of its statement. */
  readonly keyVersion: number;
  readonly keysHash: Uint8Array;
}

export function vaultHeaderBytes(header: VaultHeader): Uint8Array {
  return new ByteWriter()
    .raw(tag('vault/v1'))
    .lp(utf8(header.serviceId), 'serviceId')
    .raw(uuidToBytes(header.userId, 'userId'))
    .u32(header.vaultVersion, 'vaultVersion')
    .u32(header.keyVersion, 'keyVersion')
    .fixed(header.keysHash, LENGTHS.hash, 'keysHash')
    .finish();
}

/** What an unlock is bound to; the recovery kind has neither suite, loginId nor salt. */
export type UnlockHeader = { readonly serviceId: string; readonly userId: string } & (
  | { readonly kind: 'password'; readonly suite: number; readonly loginId: string; readonly salt: Uint8Array }
  | { readonly kind: 'recovery' }
);

export function unlockHeaderBytes(header: UnlockHeader): Uint8Array {
  const password = header.kind === 'password';
  return new ByteWriter()
    .raw(tag('unlock/v1'))
    .u8(password ? 1 : 2, 'kind')
    .u8(password ? header.suite : 0, 'suite')
    .lp(utf8(header.serviceId), 'serviceId')
    .raw(uuidToBytes(header.userId, 'userId'))
    .lp(utf8(password ? header.loginId : ''), 'loginId')
    .fixed(password ? header.salt : new Uint8Array(LENGTHS.salt), LENGTHS.salt, 'salt')
    .finish();
}

/** What client state is bound to. */
export interface StateHeader {
  readonly serviceId: string;
  readonly userId: string;
  /** From 1. */
  readonly stateVersion: number;
  /** Hash of the previous blob; zeros at 1. */
  readonly previousHash: Uint8Array;
}

export function stateHeaderBytes(header: StateHeader): Uint8Array {
  return new ByteWriter()
    .raw(tag('state/v1'))
    .lp(utf8(header.serviceId), 'serviceId')
    .raw(uuidToBytes(header.userId, 'userId'))
    .u32(header.stateVersion, 'stateVersion')
    .fixed(header.previousHash, LENGTHS.hash, 'previousHash')
    .finish();
}

/** The private seeds of one key version. */
export interface KeySeeds {
  readonly version: number;
  readonly signSeed: Uint8Array;
  readonly boxSeed: Uint8Array;
  readonly kemSeed: Uint8Array;
}

export interface VaultRecord {
  readonly type: number;
  readonly value: Uint8Array;
}

/** The plaintext of a vault. Records of unknown types are kept as they are. */
export interface VaultContent {
  readonly keys: readonly KeySeeds[];
  readonly records: readonly VaultRecord[];
}

/** u8 1 ‖ u16 count ‖ count × (u32 version ‖ seeds) ‖ B(records). */
export function encodeVaultContent(content: VaultContent): Uint8Array {
  checkAscending(
    content.keys.map((key) => key.version),
    'keys',
    1,
  );
  checkAscending(
    content.records.map((record) => record.type),
    'records',
    0,
  );
  const writer = new ByteWriter().u8(FORMAT, 'format').u16(content.keys.length, 'keys');
  for (const key of content.keys) {
    writer.u32(key.version, 'version');
    for (const seed of [key.signSeed, key.boxSeed, key.kemSeed]) writer.fixed(seed, LENGTHS.seed, 'seed');
  }
  const records = new ByteWriter();
  for (const record of content.records) records.u16(record.type, 'records').blob(record.value, 'records');
  return writer.blob(records.finish(), 'records').finish();
}

export function decodeVaultContent(bytes: Uint8Array): VaultContent {
  const reader = new ByteReader(bytes, 'vault');
  if (reader.u8('format') !== FORMAT) throw new ProtocolError('wrong-format', 'vault');
  const keys = Array.from({ length: reader.u16('keys') }, () => ({
    version: reader.u32('version'),
    signSeed: reader.fixed(LENGTHS.seed, 'signSeed'),
    boxSeed: reader.fixed(LENGTHS.seed, 'boxSeed'),
    kemSeed: reader.fixed(LENGTHS.seed, 'kemSeed'),
  }));
  const recordReader = new ByteReader(reader.blob('records'), 'records');
  reader.end();
  const records: VaultRecord[] = [];
  while (recordReader.remaining > 0) {
    records.push({ type: recordReader.u16('records'), value: recordReader.blob('records') });
  }
  checkAscending(
    keys.map((key) => key.version),
    'keys',
    1,
  );
  checkAscending(
    records.map((record) => record.type),
    'records',
    0,
  );
  return { keys, records };
}

function checkAscending(values: readonly number[], field: string, least: number): void {
  let last = least - 1;
  for (const value of values) {
    if (value <= last) throw new ProtocolError(value < least ? 'out-of-range' : 'not-sorted', field);
    last = value;
  }
}
