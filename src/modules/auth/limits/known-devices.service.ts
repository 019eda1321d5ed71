import { Injectable } from '@nestjs/common';
import { ByteReader, ByteWriter, concat, decodeBase64Url, tag, uuidFromBytes, uuidToBytes } from '@sealpost/protocol';
import { Clock } from '../../../core/clock.js';
import { CryptoService } from '../../../core/crypto/index.js';
import { ServerSecrets } from '../../../core/secrets/index.js';
import { secretMac } from '../shared/secret-mac.js';
import type { SecretMac } from '../shared/secret-mac.js';

/** userId 16 ‖ u32 unix seconds ‖ sessionId 16 ‖ MAC 16. */
export const DEVICE_TOKEN_BYTES = 52;
const MAC_BYTES = 16;
const SIGNED_BYTES = DEVICE_TOKEN_BYTES - MAC_BYTES;
const LIFE_MS = 180 * 86_400_000;

/** However many tokens somebody has collected, who knew the password once: more limits than these they do not get. */
const GROUPS = 16;

/** What an authentic device token says: that its holder has had a session of the account. Clients treat it as opaque. */
export interface KnownDevice {
  readonly userId: string;
  /** Devices of one account that share a limit, from 0 to 15. */
  readonly group: number;
}

/**
 * Makes a device token, of which nothing is stored: in one second a session gets the same one again.
 * @param now Unix time in milliseconds
 */
export function encodeDeviceToken(userId: string, sessionId: string, now: number, mac: SecretMac): Uint8Array {
  const signed = new ByteWriter()
    .raw(uuidToBytes(userId, 'userId'))
    .u32(Math.floor(now / 1000), 'time')
    .raw(uuidToBytes(sessionId, 'sessionId'))
    .finish();
  return concat(signed, macOf(signed, mac));
}

/** null where this service did not make the token, or more than 180 days ago. */
export function decodeDeviceToken(token: Uint8Array, now: number, mac: SecretMac): KnownDevice | null {
  if (token.length !== DEVICE_TOKEN_BYTES) return null;
  const signed = token.subarray(0, SIGNED_BYTES);
  if (!mac.equal(token.subarray(SIGNED_BYTES), macOf(signed, mac))) return null;
  const reader = new ByteReader(signed, 'deviceToken');
  const userId = uuidFromBytes(reader.fixed(16, 'userId'), 'userId');
  if (now - reader.u32('time') * 1000 >= LIFE_MS) return null;
  // The last byte of a UUIDv7 is random.
  return { userId, group: (signed.at(-1) ?? 0) % GROUPS };
}

function macOf(signed: Uint8Array, mac: SecretMac): Uint8Array {
  return mac.authenticate(concat(tag('known-device/v1'), signed)).subarray(0, MAC_BYTES);
}

/**
 * By which token a client is known that has had a session of an account. It opens nothing: whoever has it tries with a
 * limit that strangers do not use up. Needs no database.
 */
@Injectable()
export class KnownDevices {
  private readonly mac: SecretMac;

  constructor(
    private readonly clock: Clock,
    crypto: CryptoService,
    secrets: ServerSecrets,
  ) {
    this.mac = secretMac(crypto, secrets.refreshKey);
  }

  issue(userId: string, sessionId: string): Uint8Array {
    return encodeDeviceToken(userId, sessionId, this.clock.now(), this.mac);
  }

  /** @param token as it was sent, or not; null: nobody's that this service knows */
  find(token: string | undefined): KnownDevice | null {
    const bytes = token === undefined ? null : decodeBase64Url(token);
    return bytes === null ? null : decodeDeviceToken(bytes, this.clock.now(), this.mac);
  }
}
