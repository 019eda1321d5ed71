import {
  decodeEscrowUnlock,
  encodeEscrowUnlock,
  escrowInfoBytes,
  escrowKeyBytes,
  LENGTHS,
  ProtocolError,
} from '@sealpost/protocol';

import { CryptoRefused } from './crypto-refused.js';
import { hpkeOpen, hpkeSeal } from './hpke.js';
import { sha256 } from './primitives.js';
import { sodium } from './sodium.js';
import { wipe } from './wipe.js';

/** Whose vault key is put into escrow (section 6). */
export interface EscrowOwner {
  readonly serviceId: string;
  readonly userId: string;
}

/** The X-Wing public key, 1216 bytes, of an escrow key's 32-byte seed. */
export function escrowPublicKey(seed: Uint8Array): Uint8Array {
  const { publicKey, privateKey } = sodium().crypto_kem_xwing_seed_keypair(seed);
  wipe(privateKey);
  return publicKey;
}

/** What people and applications compare: H(tag(`escrow-pk/v1`) ‖ pk), 32 bytes. */
export function escrowFingerprint(publicKey: Uint8Array): Uint8Array {
  return sha256(escrowKeyBytes(publicKey));
}

/** The vault key for the holder of the escrow key: an escrow unlock, 1169 bytes. */
export function sealEscrow(publicKey: Uint8Array, owner: EscrowOwner, vaultKey: Uint8Array): Uint8Array {
  const info = escrowInfoBytes(owner.serviceId, owner.userId, escrowFingerprint(publicKey));
  return encodeEscrowUnlock(hpkeSeal(publicKey, info, vaultKey));
}

/**
 * The vault key of an escrow unlock, with the escrow key's seed. Throws CryptoRefused: `malformed-blob`, and
 * `cannot-decrypt` for another escrow key, user or service.
 */
export function openEscrow(seed: Uint8Array, owner: EscrowOwner, unlock: Uint8Array): Uint8Array {
  const info = escrowInfoBytes(owner.serviceId, owner.userId, escrowFingerprint(escrowPublicKey(seed)));
  const vaultKey = hpkeOpen(seed, parts(unlock), info);
  if (vaultKey.length !== LENGTHS.seed) throw new CryptoRefused('malformed-blob', 'An unlock holds 32 bytes.');
  return vaultKey;
}

function parts(unlock: Uint8Array): ReturnType<typeof decodeEscrowUnlock> {
  try {
    return decodeEscrowUnlock(unlock);
  } catch (error) {
    if (error instanceof ProtocolError) throw new CryptoRefused('malformed-blob', error.message);
    throw error;
  }
}
