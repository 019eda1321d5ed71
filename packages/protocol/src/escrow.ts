import { ByteWriter, tag, utf8 } from './bytes.js';
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
