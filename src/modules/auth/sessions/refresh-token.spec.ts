import { createHmac, timingSafeEqual } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { SecretMac } from '../shared/secret-mac.js';
import { decodeRefreshToken, encodeRefreshToken, REFRESH_TOKEN_BYTES, successorOf } from './refresh-tokens.service.js';

function macOf(secret: string): SecretMac {
  return {
    authenticate: (message) => new Uint8Array(createHmac('sha256', secret).update(message).digest()),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b),
  };
}

const mac = macOf('refresh');
const content = {
  sessionId: '018f4e7e-7b7a-7c3e-9c5c-0000000000f1',
  generation: 4,
  secret: new Uint8Array(32).fill(7),
};
const token = encodeRefreshToken(content, mac);

describe('a refresh token', () => {
  it('a refresh token says what was put into it, to whoever has the key', () => {
    expect(token).toHaveLength(REFRESH_TOKEN_BYTES);
    expect(decodeRefreshToken(token, mac)).toEqual(content);
    expect(decodeRefreshToken(token, macOf('another'))).toBeNull();
  });

  it('a refresh token is nothing when any bit of it is changed, or its length', () => {
    for (let bit = 0; bit < REFRESH_TOKEN_BYTES * 8; bit++) {
      const changed = Uint8Array.from(token);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(decodeRefreshToken(changed, mac)).toBeNull();
    }
    for (const other of [token.subarray(1), token.subarray(0, 67), new Uint8Array(0), new Uint8Array(69)]) {
      expect(decodeRefreshToken(other, mac)).toBeNull();
    }
  });

  it('a refresh token has one successor in each generation of the same session, with a secret that only the key derives', () => {
    const next = successorOf(token, content.sessionId, 5, mac);
    expect(successorOf(token, content.sessionId, 5, mac)).toEqual(next);
    const later = decodeRefreshToken(successorOf(token, content.sessionId, 6, mac), mac);
    expect(later?.generation).toBe(6);
    expect(later?.secret).not.toEqual(decodeRefreshToken(next, mac)?.secret);
    const read = decodeRefreshToken(next, mac);
    expect(read).toMatchObject({ sessionId: content.sessionId, generation: 5 });
    expect(read?.secret).not.toEqual(content.secret);
    expect(decodeRefreshToken(successorOf(token, content.sessionId, 5, macOf('another')), mac)).toBeNull();
  });

  it('a refresh token never comes back along its chain', () => {
    const seen = new Set<string>();
    for (let [step, current] = [0, token]; step < 50; step++) {
      seen.add(Buffer.from(current).toString('hex'));
      const read = decodeRefreshToken(current, mac);
      if (read === null) throw new Error('A successor is authentic');
      current = successorOf(current, read.sessionId, read.generation + 1, mac);
    }
    expect(seen.size).toBe(50);
  });
});
