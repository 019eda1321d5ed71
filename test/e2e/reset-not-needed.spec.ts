import { beforeAll, describe, expect, it } from '@jest/globals';
import type { PendingResetsJson } from '@sealpost/protocol';
import { changePassword, historyOf, recover, replaceRecoveryKey } from '../support/account-api.js';
import type { Changed } from '../support/account-api.js';
import { admin } from '../support/admin.js';
import { expectOk, logIn, registerUser, startServer } from '../support/index.js';
import type { TestServer, TestUser } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, openReset } from '../support/resets.js';
import { rekey } from '../support/vault-key.js';

const MODE = 'both';
const SEVERAL_PROCESSES_MS = 120_000;
let mail: MailServer;
let server: TestServer;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startServer({ env: mail.settings(MODE) });
});

async function claimed(): Promise<{ readonly user: TestUser; readonly token: string }> {
  const user = await registerUser(server);
  await claimReset(server, user.loginId);
  return { user, token: await mail.tokenFor(user.loginId) };
}

const claimsOf = ({ userId }: TestUser) => server.sql('SELECT 1 FROM reset_claims WHERE user_id = $1', [userId]);

const CHANGES: readonly (readonly [kind: string, change: (user: TestUser) => Promise<Changed>])[] = [
  ['password-changed', (user) => changePassword(server, user)],
  ['login-id-changed', (user) => changePassword(server, user, { newLoginId: `moved.${user.loginId}` })],
  ['recovered', (user) => recover(server, user.identity)],
  ['recovery-key-replaced', (user) => replaceRecoveryKey(server, user)],
  ['rekeyed', (user) => rekey(server, user)],
];

describe('An unnecessary reset', () => {
  it.each(CHANGES)(
    'an owner who shows the password or the words needs no reset: %s calls it off',
    async (kind, change) => {
      const { user, token } = await claimed();
      const { answer, changed } = await change(user);
      expect(answer.status).toBe(200);
      expect(await claimsOf(user)).toEqual([]);
      const back = await logIn(server, changed);
      expect(
        (await expectOk<PendingResetsJson>(server, 'GET', '/v1/account/resets', { token: back.token })).items,
      ).toEqual([]);
      const history = await historyOf(server, back.token);
      expect(history.filter((event) => event.kind === 'reset-cancelled')).toMatchObject([{ detail: kind }]);
      expect((await openReset(server, user.loginId, token)).body.code).toBe('auth.claim-refused');
    },
  );

  it('an owner who shows the password or the words has nothing in the history where no reset was pending', async () => {
    const user = await registerUser(server);
    await changePassword(server, user);
    expect((await historyOf(server, user.token)).map(({ kind }) => kind)).toEqual(['password-changed', 'registered']);
  });

  it('an owner who shows the password or the words calls nothing off by a refused change, or by a log-in alone', async () => {
    const { user } = await claimed();
    expect((await changePassword(server, user, { credentialVersion: 7 })).answer.status).toBe(409);
    await logIn(server, user.identity);
    expect(await claimsOf(user)).toHaveLength(1);
  });

  it(
    'an owner who shows the password or the words leaves an administrator nothing to approve, under the old loginId or the new one',
    async () => {
      const { user } = await claimed();
      const newLoginId = `moved.${user.loginId}`;
      await changePassword(server, user, { newLoginId });
      expect((await admin(server, 'reset', 'list')).stdout).not.toContain(newLoginId);
      expect((await admin(server, 'reset', 'approve', newLoginId)).stderr).toContain('Nobody has asked for a reset');
    },
    SEVERAL_PROCESSES_MS,
  );
});
