import { ByteReader, ByteWriter, tag, utf8 } from './bytes.js';
import { ProtocolError } from './errors.js';
import { LENGTHS } from './limits.js';
import { uuidToBytes } from './uuid.js';

/** The hash input of an escrow key's fingerprint: tag(`escrow-pk/v1`) ‖ pk (section 6). */
export function escrowKeyBytes(escrowPublicKey: Uint8Array): Uint8Array {
  return new ByteWriter()
    .raw(tag('escrow-pk/v1'))
    .fixed(escrowPublicKey, LENGTHS.kemPublicKey, 'escrowPublicKey')
    .finish();
}

/** The HPKE info of an escrow unlock: tag(`escrow/v1`) ‖ lp(serviceId) ‖ userId ‖ fingerprint. */
export function escrowInfoBytes(serviceId: string, userId: string, fingerprint: Uint8Array): Uint8Array {
  return new ByteWriter()
    .raw(tag('escrow/v1'))
    .lp(utf8(serviceId), 'serviceId')
    .raw(uuidToBytes(userId, 'userId'))
    .fixed(fingerprint, LENGTHS.hash, 'fingerprint')
    .finish();
}

const FORMAT = 1;

/** The parts of an escrow unlock, 0x01 ‖ enc ‖ ct: an HPKE ciphertext of the vault key (sections 6 and 8). */
export interface EscrowUnlock {
  readonly enc: Uint8Array;
  readonly ciphertext: Uint8Array;
}

export function encodeEscrowUnlock({ enc, ciphertext }: EscrowUnlock): Uint8Array {
  return new ByteWriter()
    .u8(FORMAT, 'format')
    .fixed(enc, LENGTHS.kemCiphertext, 'enc')
    .fixed(ciphertext, LENGTHS.wrappedKey, 'ciphertext')
    .finish();
}

export function decodeEscrowUnlock(bytes: Uint8Array): EscrowUnlock {
  const reader = new ByteReader(bytes, 'escrowUnlock');
  if (reader.u8('escrowUnlock') !== FORMAT) throw new ProtocolError('wrong-format', 'escrowUnlock');
  const enc = reader.fixed(LENGTHS.kemCiphertext, 'enc');
  const ciphertext = reader.fixed(LENGTHS.wrappedKey, 'ciphertext');
  reader.end();
  return { enc, ciphertext };
}
