import { beforeAll, describe, expect, it } from '@jest/globals';
import { Test } from '@nestjs/testing';
import { StartError } from '../start-error.js';
import { CryptoModule } from './crypto.module.js';
import { runCryptoSelfTest } from './crypto-self-test.js';
import { CryptoService } from './crypto.service.js';
import { SodiumCryptoService } from './sodium-crypto.service.js';

type Distort = (answer: unknown, first: Uint8Array, second: Uint8Array) => unknown;

/** The real service, but for one primitive whose answers are wrong. */
function withBroken(crypto: CryptoService, name: keyof CryptoService, distort: Distort): CryptoService {
  const broken = (...args: [Uint8Array, Uint8Array]): unknown =>
    distort((crypto[name] as (...args: Uint8Array[]) => unknown).apply(crypto, args), ...args);
  return new Proxy(crypto, {
    get: (target, property) => (property === name ? broken : (Reflect.get(target, property) as unknown)),
  });
}

const always = (answer: unknown) => () => answer;
const but = (wrong: unknown, right: unknown) => (answer: unknown) => (answer === right ? wrong : answer);

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

  it.each<[string, string, keyof CryptoService, Distort]>([
    ['SHA-256', 'zeros', 'sha256', always(new Uint8Array(32))],
    ['HMAC-SHA-256', 'zeros', 'hmacSha256', always(new Uint8Array(32))],
    ['constant-time equality', 'true', 'equal', always(true)],
    ['constant-time equality', 'false', 'equal', always(false)],
    ['constant-time equality', 'whether the lengths are equal', 'equal', (_, a, b) => a.length === b.length],
    ['Ed25519 signatures', 'true', 'verifySignature', always(true)],
    ['Ed25519 signatures', 'false', 'verifySignature', always(false)],
    ['Ed25519 signatures', 'whether there is a message', 'verifySignature', (_, _signature, text) => text.length !== 0],
    ['Ed25519 public keys', 'null', 'checkEd25519PublicKey', always(null)],
    ['Ed25519 public keys', 'off-curve', 'checkEd25519PublicKey', always('off-curve')],
    ['Ed25519 public keys', 'low-order for good ones', 'checkEd25519PublicKey', but('low-order', null)],
    ['Ed25519 public keys', 'null for off-curve', 'checkEd25519PublicKey', but(null, 'off-curve')],
    ['Ed25519 public keys', 'null for low-order', 'checkEd25519PublicKey', but(null, 'low-order')],
    ['X25519 public keys', 'null', 'checkX25519PublicKey', always(null)],
    ['X25519 public keys', 'low-order', 'checkX25519PublicKey', always('low-order')],
    ['X-Wing public keys', 'null', 'checkXWingPublicKey', always(null)],
    ['X-Wing public keys', 'encapsulation-failed', 'checkXWingPublicKey', always('encapsulation-failed')],
  ])(
    'the self-test at start refuses the start where %s is broken (it answers %s)',
    (primitive, _answer, name, distort) => {
      const start = (): void => {
        runCryptoSelfTest(withBroken(crypto, name, distort));
      };
      expect(start).toThrow(StartError);
      expect(start).toThrow(new RegExp(`^The self-test of ${primitive} failed: .* \\(npm ci\\)`));
    },
  );
});
