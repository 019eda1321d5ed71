import { beforeAll, describe, expect, it } from '@jest/globals';
import type { PendingResetsJson } from '@sealpost/protocol';
import { historyOf } from '../support/account-api.js';
import { admin } from '../support/admin.js';
import { expectOk, logIn, registerUser, startServer, waitFor } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, openReset, resetKeys } from '../support/resets.js';

let mail: MailServer;

beforeAll(async () => {
  mail = await MailServer.start();
});

describe('an approval by an administrator', () => {
  it('an approval by an administrator is all it takes where the service is set so: the token is handed over in person', async () => {
    const own = await startServer({ env: { SEALPOST_RESET: 'approval', SEALPOST_RESET_DELAY_SECONDS: '0' } });
    const alice = await registerUser(own, { loginId: 'alice' });
    for (const loginId of ['alice', 'alice', 'nobody']) {
      const answer = await claimReset(own, loginId);
      expect([answer.status, answer.body]).toEqual([202, { proofs: ['approval'], delaySeconds: 0 }]);
    }
    await waitFor(
      async () => (await expectOk<PendingResetsJson>(own, 'GET', '/v1/account/resets', alice)).items.length === 1,
    );
    const listed = await admin(own, 'reset', 'list');
    expect(listed.stdout).toMatch(/^\S+Z {2}alice {2}Node\.js\n$/);

    const approved = await admin(own, 'reset', 'approve', 'alice');
    const [token = ''] = approved.stdout.split('\n');
    expect([approved.code, token]).toEqual([0, expect.stringMatching(/^[\w-]{43}$/)]);
    const { answer, changed } = await resetKeys(own, alice.identity, token);
    expect(answer.status).toBe(200);
    const back = await logIn(own, changed);
    expect(await historyOf(own, back.token)).toMatchObject([
      { kind: 'logged-in' },
      { kind: 'keys-reset', detail: 'administrator' },
      { kind: 'reset-approved' },
      { kind: 'reset-requested', detail: 'approval' },
      { kind: 'registered' },
    ]);
  });

  it('an approval by an administrator may be wanted besides the mail; and may be refused', async () => {
    const both = await startServer({ env: mail.settings('both') });
    const alice = await registerUser(both);
    expect((await admin(both, 'reset', 'approve', alice.loginId)).stderr).toContain('Nobody has asked for a reset');
    expect((await claimReset(both, alice.loginId)).body.proofs).toEqual(['email', 'approval']);
    const token = await mail.tokenFor(alice.loginId);
    expect(mail.mailsTo(alice.loginId)[0]?.text).toContain('An administrator of the service has to approve it first.');
    const early = await resetKeys(both, alice.identity, token);
    expect([early.answer.status, early.answer.body.code]).toEqual([403, 'auth.claim-not-ready']);
    expect(early.answer.body.availableAt).toBeUndefined();

    expect((await admin(both, 'reset', 'reject', alice.loginId)).code).toBe(0);
    expect((await resetKeys(both, alice.identity, token)).answer.body.code).toBe('auth.claim-refused');

    await claimReset(both, alice.loginId);
    const second = await mail.tokenFor(alice.loginId, 2);
    expect((await admin(both, 'reset', 'approve', alice.loginId)).stdout).toContain(
      'is approved. The token from the mail',
    );
    const { answer, changed } = await resetKeys(both, alice.identity, second);
    expect(answer.status).toBe(200);
    const back = await logIn(both, changed);
    expect((await historyOf(both, back.token))[1]).toMatchObject({ detail: 'email-and-administrator' });
  });
});

describe('a service without resets', () => {
  it('a service without resets says so, and has nothing to approve', async () => {
    const off = await startServer();
    const alice = await registerUser(off);
    const token = 'A'.repeat(43);
    const answers = [
      await claimReset(off, alice.loginId),
      await openReset(off, alice.loginId, token),
      (await resetKeys(off, alice.identity, token)).answer,
    ];
    for (const { status, body } of answers) expect([status, body.code]).toEqual([403, 'auth.reset-off']);
    const approval = await admin(off, 'reset', 'approve', alice.loginId);
    expect([approval.code, approval.stderr]).toEqual([1, expect.stringContaining('no reset needs an approval')]);
  });
});
