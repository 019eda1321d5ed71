import { describe, expect, it } from '@jest/globals';
import { LIMITS } from '@sealpost/protocol';
import { makeGeneration, newest, registerUser, rotateRequest, signedStatement } from '../support/index.js';
import { useRotationVictim } from '../support/rotation-victim.js';

const victim = useRotationVictim();
const { rotate, forged, expectRefusal, expectUnchanged } = victim;

describe('A stolen access token', () => {
  it('whoever has stolen an access token cannot replace the keys with the recovery flag, which needs no previous signature', async () => {
    const request = forged({ recovery: true });
    expect(request.keys.previousSignature).toBeUndefined();
    await expectRefusal(await rotate(request), '/keys/statement', { reason: 'recovery-not-allowed', member: 'flags' });
  });

  it('whoever has stolen an access token cannot leave the previous signature out, sign it alone, or take it from another statement', async () => {
    const { request } = rotateRequest(victim.identity);
    const { previousSignature, ...unsigned } = request.keys;
    expect(previousSignature).toBeDefined();
    await expectRefusal(await rotate({ ...request, keys: unsigned }), '/keys/statement', { reason: 'recovery-flag' });
    const wrong = { reason: 'wrong-previous-signature' };
    const self = { ...request.keys, previousSignature: request.keys.signature };
    await expectRefusal(await rotate({ ...request, keys: self }), '/keys/previousSignature', wrong);
    const old = signedStatement(newest(victim.identity)).previousSignature;
    const reused = { ...request.keys, previousSignature: old };
    await expectRefusal(await rotate({ ...request, keys: reused }), '/keys/previousSignature', wrong);
  });

  it('whoever has stolen an access token cannot start the chain anew, or build on another version than the newest', async () => {
    const first = makeGeneration({ serviceId: victim.server.serviceId, userId: victim.user.userId });
    const { vault, vaultVersion } = rotateRequest(victim.identity).request;
    const anew = await rotate({ keys: signedStatement(first), vault, vaultVersion });
    expect([anew.status, anew.body.code]).toEqual([409, 'keys.version-conflict']);
    const onOld = forged({ previousKeysHash: victim.identity.generations[0]?.keysHash ?? new Uint8Array(32) });
    await expectRefusal(await rotate(onOld), '/keys/statement', { reason: 'wrong-previous-hash' });
    for (const version of [4, 100, 2 ** 31, 2 ** 32 - 1]) {
      await expectRefusal(await rotate(forged({ version })), '/keys/statement', { reason: 'wrong-version' });
    }
  });

  it('whoever has stolen an access token cannot overwrite the vault by repeating an accepted statement', async () => {
    const accepted = signedStatement(newest(victim.identity));
    const { vault } = rotateRequest(victim.identity).request;
    const answer = await rotate({ keys: accepted, vault, vaultVersion: victim.identity.vaultVersion + 1 });
    expect(answer.status).toBe(200);
    await expectUnchanged();
  });
});

describe('A malicious account', () => {
  it("whoever has an account cannot rotate another's keys, nor use another's statement", async () => {
    const mallory = await registerUser(victim.server);
    await victim.look();
    const { request } = rotateRequest(victim.identity);
    await expectRefusal(await rotate(request, mallory), '/keys/statement', { reason: 'wrong-user', member: 'userId' });
    const own = rotateRequest(mallory.identity, { statement: { userId: victim.user.userId, version: 3 } }).request;
    await expectRefusal(await rotate({ ...own, vaultVersion: 3 }), '/keys/statement', {
      reason: 'wrong-previous-hash',
    });
    await expectRefusal(await rotate(forged({ serviceId: 'evil.example' })), '/keys/statement', {
      reason: 'wrong-service',
    });
  });

  it("whoever has an account can take another's public keys into a statement, but only with a signature it does not have", async () => {
    const mallory = await registerUser(victim.server);
    await victim.look();
    const { signingPublicKey } = newest(victim.identity).statement;
    const { request } = rotateRequest(mallory.identity, { statement: { signingPublicKey } });
    await expectRefusal(await rotate(request, mallory), '/keys/signature', { reason: 'wrong-signature' });
  });

  it('whoever has an account cannot set the clock of its chain ahead, so that later rotations fail, or back', async () => {
    const now = Date.now();
    const times = [
      0,
      now - LIMITS.statementClockSkewMs - 60_000,
      now + LIMITS.statementClockSkewMs + 60_000,
      2 ** 53 - 1,
    ];
    for (const createdAt of times) {
      await expectRefusal(await rotate(forged({ createdAt })), '/keys/statement', {
        reason: 'wrong-clock',
        member: 'createdAt',
      });
    }
    const { createdAt } = newest(victim.identity).statement;
    await expectRefusal(await rotate(forged({ createdAt })), '/keys/statement', { reason: 'not-later' });
  });
});
