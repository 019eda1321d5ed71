import { ByteWriter, decoySaltBytes, tag, utf8, uuidV7 } from '@sealpost/protocol';
import type { SecretMac } from '../shared/secret-mac.js';

/** What stands in for the account of a loginId that nobody has, the same at every request. */
export interface Decoy {
  /** 32 bytes (protocol section 4). */
  readonly salt: Uint8Array;
  /** Nobody's: the accounts are asked for it, so that an unknown loginId costs the same queries as a known one. */
  readonly userId: string;
}

export function decoyOf(loginId: string, mac: SecretMac): Decoy {
  const salt = mac.authenticate(decoySaltBytes(loginId));
  const user = mac.authenticate(new ByteWriter().raw(tag('decoy-user/v1')).lp(utf8(loginId), 'loginId').finish());
  const time = new DataView(user.buffer, user.byteOffset).getUint32(0);
  return { salt, userId: uuidV7(time * 256, user.subarray(4)) };
}
