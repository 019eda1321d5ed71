import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decodeDeviceToken, DEVICE_TOKEN_BYTES, encodeDeviceToken } from './known-devices.service.js';
import type { SecretMac } from '../shared/secret-mac.js';

const DAY = 86_400_000;
const NOW = 1_790_000_000_000;
const USER = '018f4e7e-7b7a-7c3e-9c5c-00000000000a';
const SESSION = '018f4e7e-7b7a-7c3e-9c5c-0000000000f1';

function macOf(secret: string): SecretMac {
  return {
    authenticate: (message) => new Uint8Array(createHmac('sha256', secret).update(message).digest()),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

const mac = macOf('secret');
const token = encodeDeviceToken(USER, SESSION, NOW, mac);

describe('a device token', () => {
  it('a device token says whose device it is, for 180 days, to whoever has the key', () => {
    expect(token).toHaveLength(DEVICE_TOKEN_BYTES);
    expect(decodeDeviceToken(token, NOW + 179 * DAY, mac)).toEqual({ userId: USER, group: 1 });
    expect(decodeDeviceToken(token, NOW + 180 * DAY, mac)).toBeNull();
    expect(decodeDeviceToken(token, NOW, macOf('another'))).toBeNull();
  });

  it('a device token is nothing when any bit of it is changed, or its length', () => {
    for (let bit = 0; bit < DEVICE_TOKEN_BYTES * 8; bit++) {
      const changed = Uint8Array.from(token);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(decodeDeviceToken(changed, NOW, mac)).toBeNull();
    }
    expect(decodeDeviceToken(token.subarray(1), NOW, mac)).toBeNull();
    expect(decodeDeviceToken(new Uint8Array(0), NOW, mac)).toBeNull();
  });
});
