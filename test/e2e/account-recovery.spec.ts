import { beforeAll, describe, expect, it } from '@jest/globals';
import type { AccountJson, VaultJson } from '@sealpost/protocol';
import { isSignedIn, loginCode } from '../support/account-checks.js';
import { changePassword, openRecovery, recover, replaceRecoveryKey } from '../support/account-api.js';
import { openRecoveryRequest } from '../support/credentials.js';
import {
  buildIdentity,
  callForProblem,
  challengeFor,
  expectOk,
  logIn,
  registerRequest,
  registerUser,
  rotateRequest,
  sharedServer,
} from '../support/index.js';
import type { RunningServer } from '../support/index.js';

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

describe('the recovery key', () => {
  it('whoever has the recovery key is given the unlock, the vault and the version, and nothing changes by that', async () => {
    const identity = buildIdentity({ serviceId: server.serviceId });
    const { challenge } = await challengeFor(server, identity.loginId);
    const sent = registerRequest(identity, challenge);
    await expectOk(server, 'POST', '/v1/auth/register', { body: sent });
    const { status, body } = await openRecovery(server, identity);
    expect([status, body]).toEqual([
      200,
      {
        userId: identity.userId,
        recoveryUnlock: sent.recoveryUnlock,
        vault: sent.vault,
        vaultVersion: 1,
        keyVersion: 1,
        credentialVersion: 1,
      },
    ]);
    expect(await loginCode(server, identity)).toBe('logged in');
  });

  it('whoever has the recovery key sets a new password without the old one; all sessions end, keys and vault stay', async () => {
    const alice = await registerUser(server);
    const vault = await expectOk<VaultJson>(server, 'GET', '/v1/vault', { token: alice.token });
    const { answer, changed } = await recover(server, alice.identity);
    expect([answer.status, answer.body]).toEqual([200, { credentialVersion: 2 }]);
    expect(await isSignedIn(server, alice)).toBe(false);
    expect(await loginCode(server, alice.identity)).toBe('auth.login-refused');
    const back = await logIn(server, changed);
    expect(await expectOk(server, 'GET', '/v1/vault', { token: back.token })).toEqual(vault);
  });

  it('whoever has the recovery key may use it again, and after changes of the password', async () => {
    const alice = await registerUser(server);
    const first = await recover(server, alice.identity);
    const back = await logIn(server, first.changed);
    const second = await changePassword(server, back, { credentialVersion: 2 });
    expect((await openRecovery(server, second.changed)).body.credentialVersion).toBe(3);
    const third = await recover(server, second.changed, { credentialVersion: 3 });
    expect(await loginCode(server, third.changed)).toBe('logged in');
  });

  it('whoever has the recovery key moves the account to another loginId at the same time', async () => {
    const alice = await registerUser(server);
    const { answer, changed } = await recover(server, alice.identity, { newLoginId: buildIdentity().loginId });
    expect(answer.status).toBe(200);
    expect(await loginCode(server, changed)).toBe('logged in');
    expect(await loginCode(server, { ...changed, loginId: alice.loginId })).toBe('auth.login-refused');
  });

  it('whoever has the recovery key cannot log in with it', async () => {
    const alice = await registerUser(server);
    const { recoveryAuthKey } = alice.identity;
    expect(await loginCode(server, { ...alice.identity, authKey: recoveryAuthKey })).toBe('auth.login-refused');
  });

  it('whoever has the recovery key loses against somebody who was faster', async () => {
    const alice = await registerUser(server);
    const attempts = await Promise.all([1, 2, 3].map(() => recover(server, alice.identity)));
    expect(attempts.map(({ answer }) => answer.status).sort()).toEqual([200, 409, 409]);
    expect(attempts.map(({ answer }) => answer.body.code).filter(Boolean)).toEqual([
      'auth.credentials-changed',
      'auth.credentials-changed',
    ]);
  });

  it('whoever has the recovery key gets the keys of the newest vault, also where they were rotated meanwhile', async () => {
    const alice = await registerUser(server);
    const { request } = rotateRequest(alice.identity);
    await expectOk(server, 'POST', '/v1/keys', { token: alice.token, body: request });
    expect((await openRecovery(server, alice.identity)).body).toMatchObject({
      vault: request.vault,
      vaultVersion: 2,
      keyVersion: 2,
    });
  });
});

describe('a new recovery key', () => {
  it('a new recovery key ends the old one, and no session', async () => {
    const alice = await registerUser(server);
    const laptop = await logIn(server, alice.identity);
    const { answer, changed } = await replaceRecoveryKey(server, alice);
    expect([answer.status, answer.body]).toEqual([200, { credentialVersion: 2 }]);
    expect([await isSignedIn(server, alice), await isSignedIn(server, laptop)]).toEqual([true, true]);
    expect((await openRecovery(server, alice.identity)).body.code).toBe('auth.recovery-refused');
    expect((await recover(server, alice.identity, { credentialVersion: 2 })).answer.body.code).toBe(
      'auth.recovery-refused',
    );
    expect((await openRecovery(server, changed)).status).toBe(200);
    expect((await recover(server, changed, { credentialVersion: 2 })).answer.status).toBe(200);
  });

  it('a new recovery key needs the password, not the old recovery key', async () => {
    const alice = await registerUser(server);
    const { recoveryAuthKey } = alice.identity;
    const { answer } = await replaceRecoveryKey(server, {
      ...alice,
      identity: { ...alice.identity, authKey: recoveryAuthKey },
    });
    expect([answer.status, answer.body]).toMatchObject([403, { code: 'auth.proof-refused' }]);
  });

  it('a new recovery key counts as a change of credentials: a stale one is told so', async () => {
    const alice = await registerUser(server);
    const { changed } = await replaceRecoveryKey(server, alice);
    const stale = await changePassword(server, { ...alice, identity: changed });
    expect([stale.answer.status, stale.answer.body]).toMatchObject([
      409,
      { code: 'auth.credentials-changed', credentialVersion: 2 },
    ]);
    expect(await expectOk<AccountJson>(server, 'GET', '/v1/account', { token: alice.token })).toMatchObject({
      credentialVersion: 2,
    });
  });
});

describe('somebody else', () => {
  it('somebody without the recovery key gets the same answer with a wrong key and for a loginId that nobody has, to the byte', async () => {
    const alice = await registerUser(server);
    const stranger = buildIdentity({ serviceId: server.serviceId });
    const wrong = { ...alice.identity, recoveryAuthKey: stranger.recoveryAuthKey };
    const opened = [await openRecovery(server, wrong), await openRecovery(server, stranger)];
    expect(opened[0]!.status).toBe(401);
    expect(opened[0]!.body.code).toBe('auth.recovery-refused');
    expect(opened[1]!.text).toBe(opened[0]!.text);
    const recovered = [await recover(server, wrong), await recover(server, stranger)];
    expect(recovered[0]!.answer.body.code).toBe('auth.recovery-refused');
    expect(recovered[1]!.answer.text).toBe(recovered[0]!.answer.text);
    // Nor is the version told to those who do not have the key.
    const stale = await recover(server, wrong, { credentialVersion: 7 });
    expect(stale.answer.text).toBe(recovered[0]!.answer.text);
  });

  it('somebody without the recovery key cannot use a proof of one action for another, nor twice', async () => {
    const alice = await registerUser(server);
    const { challenge } = await challengeFor(server, alice.loginId);
    const body = openRecoveryRequest(alice.identity, challenge);
    await expectOk(server, 'POST', '/v1/auth/recovery/open', { body });
    const again = await callForProblem(server, 'POST', '/v1/auth/recovery/open', { body });
    expect(again.code).toBe('auth.challenge-used');
    const fresh = await challengeFor(server, alice.loginId);
    const login = { loginId: alice.loginId, challenge: fresh.challenge, signature: body.proof };
    expect((await callForProblem(server, 'POST', '/v1/auth/login', { body: login })).code).toBe('auth.login-refused');
  });

  it('somebody without the recovery key cannot recover another account with their own key', async () => {
    const [alice, mallory] = [await registerUser(server), await registerUser(server)];
    const { answer } = await recover(server, mallory.identity, { change: { userId: alice.userId } });
    expect([answer.status, answer.body]).toMatchObject([401, { code: 'auth.recovery-refused' }]);
    const signed = await recover(server, { ...mallory.identity, userId: alice.userId });
    expect([signed.answer.status, signed.answer.body]).toMatchObject([403, { code: 'auth.proof-refused' }]);
    expect(await loginCode(server, alice.identity)).toBe('logged in');
  });
});
