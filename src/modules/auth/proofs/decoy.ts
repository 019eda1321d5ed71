import { ByteWriter, decoySaltBytes, tag, utf8, uuidV7 } from '@sealpost/protocol';
import type { SecretMac } from '../shared/secret-mac.js';

/** What stands in for the account of a loginId that nobody has, the same at every request. */
export interface Decoy {
  /** 32 bytes (protocol section 4). */
  readonly salt: Uint8Array;
  /** Nobody's: where to find an account whose row is read in place of one, so that an unknown loginId costs the same. */
  readonly userId: string;
  /** Chooses among the password suites that accounts have. 32 bits. */
  readonly choice: number;
}

export function decoyOf(loginId: string, mac: SecretMac): Decoy {
  const salt = mac.authenticate(decoySaltBytes(loginId));
  const user = mac.authenticate(new ByteWriter().raw(tag('decoy-user/v1')).lp(utf8(loginId), 'loginId').finish());
  const suite = mac.authenticate(new ByteWriter().raw(tag('decoy-suite/v1')).lp(utf8(loginId), 'loginId').finish());
  return { salt, userId: uuidV7(firstOf(user) * 256, user.subarray(4)), choice: firstOf(suite) };
}

/**
 * The password suite of a decoy: one that accounts have, the same as long as they have the same ones. Were it always the
 * default, every loginId with another one would be somebody's after the default has changed.
 * @param inUse ascending
 * @param fallback where there is no account yet
 */
export function decoySuite({ choice }: Decoy, inUse: readonly number[], fallback: number): number {
  return inUse[choice % inUse.length] ?? fallback;
}

function firstOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
}
