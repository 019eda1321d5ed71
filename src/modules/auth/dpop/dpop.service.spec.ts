import { beforeEach, describe, expect, it } from '@jest/globals';
import { TestSessionKey } from '../../../../test/support/session-key.js';
import { loadSettings } from '../../../core/config/index.js';
import { SodiumCryptoService } from '../../../core/crypto/sodium-crypto.service.js';
import type { PresentedProof } from '../../../core/http/index.js';
import { SetClock } from '../../../core/rate-limit/testing/set-clock.js';
import { generateSecrets, secretsOf } from '../../../core/secrets/index.js';
import { DpopService } from './dpop.service.js';

const key = new TestSessionKey();
const secrets = secretsOf(generateSecrets(new Date()));
let clock: SetClock;
let dpop: DpopService;

const started = async (): Promise<DpopService> =>
  new DpopService(loadSettings({}), await SodiumCryptoService.create(), clock, secrets);

beforeEach(async () => {
  clock = new SetClock();
  dpop = await started();
});

function presented(nonce: string): PresentedProof {
  const proof = key.proof('POST', 'http://localhost/v1/auth/refresh', nonce);
  const request = { method: 'POST', path: '/v1/auth/refresh', host: 'localhost', localAddress: undefined };
  return { ...request, proof, offerNonce: () => undefined };
}

function verdict(proof: PresentedProof): string {
  try {
    dpop.requireOfSession(proof, key.thumbprint);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('proofs of session keys', () => {
  it.each([20, 600, 36_000])(
    'proofs of session keys are accepted at once after the clock was set back by %d seconds',
    (seconds) => {
      clock.passSeconds(5);
      const used = presented(dpop.nonce());
      expect(verdict(used)).toBe('accepted');
      clock.passSeconds(-seconds);
      expect(verdict(presented(dpop.nonce()))).toBe('accepted');
      expect(verdict(used)).not.toBe('accepted');
    },
  );

  it('proofs of session keys do not count where they could have been used before the process began, however little the clock was set back', async () => {
    clock.passSeconds(5);
    const before = presented(dpop.nonce());
    clock.passSeconds(2);
    dpop = await started();
    expect(verdict(before)).toBe('auth.dpop-nonce');
    clock.passSeconds(-3);
    expect(verdict(before)).toBe('auth.dpop-nonce');
    expect(verdict(presented(dpop.nonce()))).toBe('accepted');
  });

  it('proofs of session keys of one process do not count in the next one, however soon it begins', async () => {
    const before = presented(dpop.nonce());
    clock.passSeconds(0.01);
    dpop = await started();
    expect(verdict(before)).toBe('auth.dpop-nonce');
    expect(verdict(presented(dpop.nonce()))).toBe('accepted');
  });
});
