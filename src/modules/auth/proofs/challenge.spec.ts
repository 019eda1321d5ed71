import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { SecretMac } from '../shared/secret-mac.js';
import { checkChallenge, decoyOf, issueChallenge } from './challenges.service.js';

const NOW = 1_790_000_000_500;
const ISSUED = NOW - (NOW % 1000);
const RANDOM = new Uint8Array(12).fill(5);

function macOf(secret: string): SecretMac {
  return {
    authenticate: (message) => new Uint8Array(createHmac('sha256', secret).update(message).digest()),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

const mac = macOf('a secret of the server');
const { challenge, expiresAt } = issueChallenge('alice', NOW, RANDOM, mac);

describe('a challenge', () => {
  it('a challenge is the time, the random bytes and a MAC of both and the loginId', () => {
    expect(challenge).toHaveLength(32);
    expect(new DataView(challenge.buffer).getUint32(0)).toBe(ISSUED / 1000);
    expect(challenge.subarray(4, 16)).toEqual(RANDOM);
    const head = Buffer.from(challenge.subarray(0, 16));
    const input = Buffer.concat([Buffer.from('sealpost/challenge/v1\0\0\x05alice'), head]);
    const expected = createHmac('sha256', 'a secret of the server').update(input).digest().subarray(0, 16);
    expect(Buffer.from(challenge.subarray(16))).toEqual(expected);
  });

  it('a challenge holds for sixty seconds, to the second that it names', () => {
    expect(expiresAt).toBe(ISSUED + 60_000);
    expect(checkChallenge(challenge, 'alice', expiresAt - 1, mac)).toBe('valid');
    expect(checkChallenge(challenge, 'alice', expiresAt, mac)).toBe('expired');
  });

  it('a challenge holds where the clock is a little behind that of the replica that issued it, and not where it is far behind', () => {
    expect(checkChallenge(challenge, 'alice', ISSUED - 30_000, mac)).toBe('valid');
    expect(checkChallenge(challenge, 'alice', ISSUED - 30_001, mac)).toBe('expired');
  });

  it('a challenge is not ours with another loginId, another secret, another length or any other bit', () => {
    const verdicts = [
      checkChallenge(challenge, 'alicf', NOW, mac),
      checkChallenge(challenge, 'alice', NOW, macOf('another secret')),
      checkChallenge(challenge.subarray(0, 31), 'alice', NOW, mac),
      checkChallenge(new Uint8Array(0), 'alice', NOW, mac),
      ...Array.from({ length: 256 }, (_, bit) => {
        const changed = Uint8Array.from(challenge);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return checkChallenge(changed, 'alice', NOW, mac);
      }),
    ];
    expect(new Set(verdicts)).toEqual(new Set(['not-ours']));
  });
});

describe('a decoy', () => {
  it('a decoy has the salt of the protocol, and a userId, the same each time', () => {
    const decoy = decoyOf('nobody', mac);
    const expected = createHmac('sha256', 'a secret of the server').update('sealpost/decoy/v1\0\0\x06nobody').digest();
    expect(Buffer.from(decoy.salt)).toEqual(expected);
    expect(decoy.userId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(decoyOf('nobody', mac)).toEqual(decoy);
    expect(decoyOf('nobodx', mac).userId).not.toBe(decoy.userId);
  });
});
