import { beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { StartError } from '../start-error.js';
import { CryptoModule } from './crypto.module.js';
import { runCryptoSelfTest } from './crypto-self-test.js';
import { CryptoService } from './crypto.service.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

/** The real service, but for one primitive that answers wrongly. */
function withBroken(crypto: CryptoService, name: keyof CryptoService, answer: unknown): CryptoService {
  return new Proxy(crypto, {
    get: (target, property) => (property === name ? () => answer : (Reflect.get(target, property) as unknown)),
  });
}

describe('the self-test at start', () => {
  let crypto: CryptoService;

  beforeAll(async () => {
    crypto = await SodiumCryptoService.create();
  });

  it('the self-test at start passes with the real primitives, and Nest hands out the service', async () => {
    const module = await Test.createTestingModule({ imports: [CryptoModule] }).compile();
    expect(module.get(CryptoService)).toBeInstanceOf(SodiumCryptoService);
    await module.close();
  });

  it.each([
    ['SHA-256', 'sha256', new Uint8Array(32)],
    ['HMAC-SHA-256', 'hmacSha256', new Uint8Array(32)],
    ['constant-time equality', 'equal', true],
    ['constant-time equality', 'equal', false],
    ['Ed25519 signatures', 'verifySignature', true],
    ['Ed25519 signatures', 'verifySignature', false],
    ['Ed25519 public keys', 'checkEd25519PublicKey', null],
    ['Ed25519 public keys', 'checkEd25519PublicKey', 'off-curve'],
    ['X25519 public keys', 'checkX25519PublicKey', null],
    ['X25519 public keys', 'checkX25519PublicKey', 'low-order'],
    ['X-Wing public keys', 'checkXWingPublicKey', null],
    ['X-Wing public keys', 'checkXWingPublicKey', 'encapsulation-failed'],
  ] as const)(
    'the self-test at start refuses the start where %s is broken (%s answers %j)',
    (primitive, name, answer) => {
      const faulty = withBroken(crypto, name, answer);
      expect(() => {
        runCryptoSelfTest(faulty);
      }).toThrow(StartError);
      expect(() => {
        runCryptoSelfTest(faulty);
      }).toThrow(`The self-test of ${primitive} failed`);
    },
  );
});
