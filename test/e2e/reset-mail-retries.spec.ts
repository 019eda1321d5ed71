import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { requireBase64Url } from '@sealpost/protocol';
import { registerUser, startProcess, waitFor } from '../support/index.js';
import type { TestProcess, TestUser } from '../support/index.js';
import { MailServer } from '../support/mail-server.js';
import { claimReset, resetKeys } from '../support/resets.js';

let mail: MailServer;
let server: TestProcess;

beforeAll(async () => {
  mail = await MailServer.start();
  server = await startProcess({ env: mail.settings() });
});
beforeEach(() => {
  mail.mood = 'takes';
});

interface Delivery {
  readonly pending: boolean;
  readonly deliveries: number;
}

async function deliveryOf({ userId }: TestUser): Promise<Delivery | undefined> {
  const [row] = await server.sql<Delivery>(
    'SELECT deliver_at IS NOT NULL AS pending, deliveries FROM reset_claims WHERE user_id = $1',
    [userId],
  );
  return row;
}

/** Asked for while the mail server takes nothing. */
async function undelivered(mood: 'refuses' | 'hangs-up'): Promise<TestUser> {
  const user = await registerUser(server);
  mail.mood = mood;
  const refusals = () => server.logs().split('A claim token was not delivered').length;
  const before = refusals();
  expect((await claimReset(server, user.loginId)).status).toBe(202);
  await waitFor(() => refusals() > before, { what: 'the failure of the first mail' });
  expect(await deliveryOf(user)).toEqual({ pending: true, deliveries: 1 });
  return user;
}

const makeDue = ({ userId }: TestUser) =>
  server.sql(`UPDATE reset_claims SET deliver_at = now() - interval '1 second' WHERE user_id = $1`, [userId]);

describe('A mail with a claim token', () => {
  it('a mail with a claim token that a mail server has taken is sent once', async () => {
    const user = await registerUser(server);
    await claimReset(server, user.loginId);
    await mail.tokenFor(user.loginId);
    await waitFor(async () => (await deliveryOf(user))?.pending === false, { what: 'the end of the delivery' });
  });

  it.each(['refuses', 'hangs-up'] as const)(
    'a mail with a claim token is tried again where the mail server %s',
    async (mood) => {
      const user = await undelivered(mood);
      await makeDue(user);
      await waitFor(async () => (await deliveryOf(user))?.deliveries === 2, { what: 'the second attempt' });
      mail.mood = 'takes';
      await makeDue(user);
      const token = await mail.tokenFor(user.loginId);
      expect((await resetKeys(server, user.identity, token)).answer.status).toBe(200);
      expect(server.logs()).not.toContain(user.loginId);
      expect(server.logs()).not.toContain(token);
    },
  );

  it('a mail with a claim token outlives the server, though its token is stored nowhere', async () => {
    const user = await undelivered('hangs-up');
    await server.kill();
    mail.mood = 'takes';
    await server.restart();
    await makeDue(user);
    const token = await mail.tokenFor(user.loginId);
    const [row] = await server.sql<{ text: string }>('SELECT row_to_json(c)::text AS text FROM reset_claims c');
    expect(row?.text).not.toContain(token);
    expect(row?.text).not.toContain(Buffer.from(requireBase64Url(token, 'token')).toString('hex'));
    expect((await resetKeys(server, user.identity, token)).answer.status).toBe(200);
  });
});
