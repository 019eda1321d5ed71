import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost } from '@sealpost/client';
import { AccountAfterCrash, fresh, type Act, type Secrets } from '../support/account-after-crash.js';
import { dieAtNewStep } from '../support/dying-client.js';
import { sharedServer, type RunningServer } from '../support/index.js';
import { freshPassword } from '../support/quick-passwords.js';

/** More than any act has; one that never comes to its end must not run for ever. */
const MOST_STEPS = 40;

let server: RunningServer;

beforeAll(async () => {
  server = await sharedServer();
});

/** After so many deaths another account goes on: what one has gone through makes each further round slower. */
const DEATHS_OF_ONE = 10;

/** Every step of an act, in turn: the client dies there, and then its user goes on. */
async function dieEverywhere(act: Act): Promise<ReadonlySet<string>> {
  const deaths = new Set<string>();
  let account = await AccountAfterCrash.create(server);
  while (deaths.size < MOST_STEPS) {
    if (deaths.size % DEATHS_OF_ONE === DEATHS_OF_ONE - 1) {
      await account.expectWordsWork();
      account = await AccountAfterCrash.create(server);
    }
    let next: Partial<Secrets> = {};
    const death = await dieAtNewStep(deaths, account.storage, async (mortality) => {
      const client = () => Sealpost.open({ service: account.service, ...mortality });
      const setting = (secrets: Partial<Secrets>) => (next = secrets);
      await act({ mortality, client, setting }, account.secrets);
    });
    await account.expectOneState(next);
    if (death === null) {
      await account.expectWordsWork();
      return deaths;
    }
    deaths.add(death);
  }
  throw new Error('The act has no end');
}

const committed = (what: string): string => `the commit of ${what}`;
/** Names the steps like a client that takes them more than once. */
function counted(steps: readonly string[]): string[] {
  const times = new Map<string, number>();
  return steps.map((step) => {
    const count = (times.get(step) ?? 0) + 1;
    times.set(step, count);
    return count === 1 ? step : `${step} (${count})`;
  });
}

const changePassword: Act = async ({ client, setting }, { password }) => {
  const device = await client();
  const newPassword = freshPassword('mortal');
  setting({ password: newPassword });
  await device.account.changePassword({ password, newPassword });
  await device.close();
};

const changeLoginId: Act = async ({ client, setting }, { password }) => {
  const device = await client();
  const newLoginId = fresh('moved');
  setting({ loginId: newLoginId });
  await device.account.changeLoginId({ password, newLoginId });
  await device.close();
};

const replaceRecoveryKey: Act = async ({ client, setting }, { password }) => {
  const device = await client();
  const show = async (recoveryWords: string): Promise<void> => setting({ recoveryWords });
  await device.account.replaceRecoveryKey({ password, show });
  await device.close();
};

const rekey: Act = async ({ client, setting }, { password }) => {
  const device = await client();
  const show = async (recoveryWords: string): Promise<void> => setting({ recoveryWords });
  await device.account.rekey({ password, show });
  await device.close();
};

const recover: Act = async ({ mortality, setting }, { loginId, recoveryWords }) => {
  const newPassword = freshPassword('mortal');
  setting({ password: newPassword });
  const service = { url: server.url, serviceId: server.serviceId };
  const device = await Sealpost.recover({ service, ...mortality, loginId, recoveryWords, newPassword });
  await device.close();
};

/** What a log-in does once the server has let it in. */
const SIGNING_IN = [
  'POST /v1/auth/challenge',
  'POST /v1/auth/login',
  committed('account, session, tokens, known-device, proof-key, rotation, chain'),
];

const ACTS: readonly (readonly [string, Act, readonly string[]])[] = [
  [
    'a change of the password',
    changePassword,
    [
      committed('begun-change'),
      'POST /v1/auth/challenge',
      'POST /v1/account/password',
      committed('account, begun-change'),
    ],
  ],
  [
    'a change of the loginId',
    changeLoginId,
    [
      committed('account, session'),
      committed('begun-change'),
      'POST /v1/auth/challenge',
      'POST /v1/account/password',
      committed('account, begun-change, handle'),
    ],
  ],
  [
    'a replacement of the recovery key',
    replaceRecoveryKey,
    ['POST /v1/auth/challenge', 'PUT /v1/account/recovery-key'],
  ],
  [
    'a new vault key',
    rekey,
    [
      committed('account, session'),
      'POST /v1/auth/challenge',
      'POST /v1/account/vault-key',
      committed('account, session, share-due, rotation'),
      committed('chain'),
      ...SIGNING_IN,
    ],
  ],
  [
    'a recovery',
    recover,
    [
      'POST /v1/auth/challenge',
      'POST /v1/auth/recovery/open',
      'POST /v1/auth/challenge',
      'POST /v1/auth/recovery',
      ...SIGNING_IN,
    ],
  ],
];

describe('A client that dies in the middle of', () => {
  it.each(ACTS)(
    'a client that dies in the middle of %s, at any step, leaves the old account or the new one',
    async (_, act, expected) => {
      const deaths = [...(await dieEverywhere(act))];
      // More where a client finds out what the one that died before it has done.
      expect(deaths).toEqual(expect.arrayContaining(counted(expected)));
    },
    300_000,
  );
});
