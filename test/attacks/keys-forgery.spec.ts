import { describe, expect, it } from '@jest/globals';
import sodium from 'libsodium-wrappers-sumo';
import { concat, encodeBase64Url, keysSignatureBytes, LIMITS, requireBase64Url } from '@sealpost/protocol';
import type { RotateRequestJson } from '@sealpost/protocol';
import { newest, rotateRequest, sha256 } from '../support/index.js';
import { useRotationVictim } from '../support/rotation-victim.js';

const victim = useRotationVictim();
const { rotate, forged, expectRefusal, expectUnchanged } = victim;

describe('Weak keys', () => {
  const zeros = new Uint8Array(32);
  const prime = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 0xed : index === 31 ? 0x7f : 0xff));
  const order8 = requireBase64Url('4Ot6fDtBuK4WVuP68Z_EatoJjeucMrH9hmIFFl9JuAA', 'point');

  it.each<[string, Uint8Array, string]>([
    ['zero', zeros, 'low-order'],
    ['of order 8', order8, 'low-order'],
    ['not reduced', prime, 'non-canonical'],
    ['with the unused bit', prime.map(() => 0xff), 'non-canonical'],
  ])(
    'keys that weaken what is encrypted to them are refused: a box key that is %s, alone or within the KEM key',
    async (_, key, cause) => {
      const refusal = { reason: 'invalid-key', cause };
      await expectRefusal(await rotate(forged({ boxPublicKey: key })), '/keys/statement', {
        ...refusal,
        member: 'boxPublicKey',
      });
      const kemPublicKey = concat(
        newest(rotateRequest(victim.identity).rotated).statement.kemPublicKey.subarray(0, 1184),
        key,
      );
      await expectRefusal(await rotate(forged({ kemPublicKey })), '/keys/statement', {
        ...refusal,
        member: 'kemPublicKey',
      });
    },
  );

  it('keys that weaken what is encrypted to them are refused: KEM keys that encapsulate nothing', async () => {
    const kemPublicKey = Uint8Array.from({ length: 1216 }, (_, index) => (index < 1184 ? 0xff : 9));
    await expectRefusal(await rotate(forged({ kemPublicKey })), '/keys/statement', {
      reason: 'invalid-key',
      member: 'kemPublicKey',
      cause: 'encapsulation-failed',
    });
  });

  it('keys that weaken what is encrypted to them are refused: signing keys under which one signature holds for every statement', async () => {
    // A neutral signing key, R = neutral and S = 0 satisfy the equation of Ed25519 for any message.
    const neutral = zeros.map((_, index) => (index === 0 ? 1 : 0));
    const universal = concat(neutral, zeros);
    const { request } = rotateRequest(victim.identity, { statement: { signingPublicKey: neutral } });
    const keys = { ...request.keys, signature: encodeBase64Url(universal) };
    await expectRefusal(await rotate({ ...request, keys }), '/keys/statement', {
      reason: 'invalid-key',
      member: 'signingPublicKey',
      cause: 'low-order',
    });
    const { publicKey } = sodium.crypto_sign_keypair();
    const mixed = sodium.crypto_core_ed25519_add(
      publicKey,
      prime.map((byte, index) => (index === 0 ? 0xec : byte)),
    );
    await expectRefusal(await rotate(forged({ signingPublicKey: mixed })), '/keys/statement', {
      reason: 'invalid-key',
      member: 'signingPublicKey',
      cause: 'low-order',
    });
  });

  it('keys that weaken what is encrypted to them are refused: keys of any earlier version', async () => {
    for (const generation of victim.identity.generations) {
      for (const member of ['signingPublicKey', 'boxPublicKey', 'kemPublicKey'] as const) {
        const request = forged({ [member]: generation.statement[member] });
        await expectRefusal(await rotate(request), '/keys/statement', { reason: 'reused-key', member });
      }
    }
  });
});

describe('Malformed statements', () => {
  /** Signed by both keys, whatever the bytes are. */
  function signed(statement: Uint8Array): RotateRequestJson {
    const { request, rotated } = rotateRequest(victim.identity);
    const toSign = keysSignatureBytes(sha256(statement));
    const signingKey = newest(rotated).signingKey;
    return {
      ...request,
      keys: {
        statement: encodeBase64Url(statement),
        signature: encodeBase64Url(signingKey.sign(toSign)),
        previousSignature: encodeBase64Url(newest(victim.identity).signingKey.sign(toSign)),
      },
    };
  }

  const valid = (): Uint8Array => newest(rotateRequest(victim.identity).rotated).statementBytes;

  it('statements that are not what an encoder writes are refused with the reason, although the signatures hold', async () => {
    const bytes = valid();
    const withFlags = bytes.map((byte, index) => (index === bytes.length - 35 ? 4 : byte));
    const entries = (text: string): Uint8Array => {
      const value = Buffer.from(text, 'hex');
      const length = Uint8Array.of(value.length >> 8, value.length & 0xff);
      return concat(bytes.subarray(0, -2), length, value);
    };
    const cases: [Uint8Array, string, string][] = [
      [bytes.subarray(0, -1), 'entries', 'truncated'],
      [bytes.subarray(0, 1), 'statement', 'wrong-tag'],
      [concat(bytes, Uint8Array.of(0)), 'statement', 'trailing-bytes'],
      [bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)), 'statement', 'wrong-tag'],
      [withFlags, 'flags', 'unknown-flags'],
      [entries('80000000'), 'entries', 'unknown-critical-entry'],
      [entries('0002000000010000'), 'entries', 'not-sorted'],
      [entries('0001000000010000'), 'entries', 'duplicate'],
      [entries('00010005aa'), 'entries', 'truncated'],
    ];
    for (const [statement, member, cause] of cases) {
      const answer = await rotate(signed(statement));
      await expectRefusal(answer, '/keys/statement', { reason: 'malformed', member, cause });
    }
  });

  it('statements that are not what an encoder writes are refused at every length, and with every byte changed that was signed', async () => {
    const { request } = rotateRequest(victim.identity);
    const bytes = requireBase64Url(request.keys.statement, 'statement');
    const places = Array.from({ length: 40 }, (_, index) => Math.floor((index * bytes.length) / 40));
    for (const place of places) {
      const cut = await rotate(signed(bytes.subarray(0, Math.max(1, place))));
      expect([place, cut.status, cut.body.reason]).toEqual([place, 422, 'malformed']);
      const changed = bytes.map((byte, index) => (index === place ? byte ^ 0x10 : byte));
      const keys = { ...request.keys, statement: encodeBase64Url(changed) };
      const refused = await rotate({ ...request, keys });
      expect([place, refused.status >= 400 && refused.status < 500]).toEqual([place, true]);
    }
    await expectUnchanged();
  });

  it('statements that are not what an encoder writes are refused with a signature of another length or a non-canonical S', async () => {
    const { request } = rotateRequest(victim.identity);
    for (const length of [0, 63, 65]) {
      const keys = { ...request.keys, signature: encodeBase64Url(new Uint8Array(length)) };
      const answer = await rotate({ ...request, keys });
      expect([length, answer.status, answer.body.errors?.[0]?.pointer]).toEqual([length, 400, '/keys/signature']);
    }
    // S + L: a second signature of the same message, which Ed25519 without this check accepts.
    const signature = requireBase64Url(request.keys.signature, 'signature');
    const order = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
    const malleated = concat(signature.subarray(0, 32), Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse());
    const keys = { ...request.keys, signature: encodeBase64Url(malleated) };
    await expectRefusal(await rotate({ ...request, keys }), '/keys/signature', { reason: 'wrong-signature' });
  });

  it('statements that are not what an encoder writes are refused as large as they may be sent, without a vault, and with one that is none', async () => {
    const { request } = rotateRequest(victim.identity);
    const large = {
      ...request,
      keys: { ...request.keys, statement: encodeBase64Url(new Uint8Array(LIMITS.statementBytes)) },
    };
    await expectRefusal(await rotate(large), '/keys/statement', { reason: 'malformed', cause: 'wrong-tag' });
    const tooLarge = { ...request.keys, statement: encodeBase64Url(new Uint8Array(LIMITS.statementBytes + 1)) };
    expect((await rotate({ ...request, keys: tooLarge })).status).toBe(400);
    const { vault, ...without } = request;
    expect((await rotate(without)).status).toBe(400);
    const oversized = encodeBase64Url(new Uint8Array(LIMITS.vaultBytes + 1).fill(1));
    expect((await rotate({ ...request, vault: oversized })).status).toBe(400);
    const none = requireBase64Url(vault, 'vault').fill(0, 0, 1);
    const refused = await rotate({ ...request, vault: encodeBase64Url(none) });
    expect(refused.body).toMatchObject({
      code: 'keys.vault-refused',
      reason: 'wrong-format',
      errors: [{ pointer: '/vault' }],
    });
    await expectUnchanged();
  });

  it('statements that are not what an encoder writes leave the way free for the true one', async () => {
    const { request } = rotateRequest(victim.identity);
    expect((await rotate(request)).status).toBe(201);
  });
});
