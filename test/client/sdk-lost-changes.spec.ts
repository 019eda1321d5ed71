import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, NetworkError, Sealpost, type Fetch } from '@sealpost/client';
import { encodeBase64Url } from '@sealpost/protocol';
import { startServer, type TestServer } from '../support/index.js';
import { joinWith, Joining } from '../support/joining.js';
import { MailPeople } from '../support/mail-people.js';
import { MailServer } from '../support/mail-server.js';
import '../support/quick-passwords.js';
import type { Person } from '../support/sdk.js';
import { GATEWAY_PAGES, lostThenPage, unreachedThenPage } from '../support/service-answers.js';
import { newEscrowHolder } from '../support/vault-key.js';

const holder = newEscrowHolder();
const escrow = encodeBase64Url(holder.fingerprint);
let mail: MailServer;
let server: TestServer;
let people: MailPeople;
let bob: Person;

beforeAll(async () => {
  mail = await MailServer.start();
  const env = { ...mail.settings(), SEALPOST_ESCROW_PUBLIC_KEY: encodeBase64Url(holder.publicKey) };
  server = await startServer({ env });
  people = new MailPeople(server, mail);
  bob = await people.newPerson('bob');
});

const NEW_PASSWORD = 'a password of quite nobody';

/** Somebody whose network fails while they change something, and what they got to see. */
interface Story {
  readonly person: Person;
  /** Behind the network that fails at first. */
  readonly client: Sealpost;
  readonly fetch: Fetch;
  /** Whether the server has carried out what was asked. */
  readonly taken: boolean;
  readonly shown: string[];
  /** What the story keeps between its two calls. */
  readonly storage: MemoryStorage;
}

interface Flow {
  readonly route: RegExp;
  readonly before?: (person: Person) => Promise<unknown>;
  readonly act: (story: Story) => Promise<unknown>;
  /** What the user does once the network is there again, and what must be true then. */
  readonly then: (story: Story) => Promise<unknown>;
}

/** Nobody waits for a network that the story says does not come back. */
const IMPATIENT = { retry: { attempts: 2, firstDelayMs: 2, longestDelayMs: 5 } } as const;

const service = () => ({ url: server.url, serviceId: server.serviceId });
const show = (shown: string[]) => async (words: string) => void shown.push(words);

async function opens(loginId: string, password: string): Promise<boolean> {
  return Sealpost.open({ service: service(), loginId, password, retry: { attempts: 1 } }).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: 'auth.login-refused' });
      return false;
    },
  );
}

/** The words that count, of those that the user has seen. */
async function expectWords({ person, shown, taken }: Story): Promise<void> {
  const recoveryWords = taken ? shown.at(-1)! : person.recoveryWords;
  const { loginId } = person;
  const recovered = await Sealpost.recover({ service: service(), loginId, recoveryWords, newPassword: NEW_PASSWORD });
  expect(recovered.userId).toBe(person.client.userId);
}

const expectSignedIn = async ({ person: { loginId, password, storage } }: Story): Promise<Sealpost> =>
  Sealpost.open({ service: service(), loginId, password, storage: storage.reopen() });

const rekeying = (compromised: boolean): Flow => ({
  route: /POST \/v1\/account\/vault-key$/,
  act: ({ client, person: { password }, shown }) => client.account.rekey({ password, compromised, show: show(shown) }),
  then: async (story) => {
    expect(await (await expectSignedIn(story)).keys.list()).toHaveLength(story.taken ? 2 : 1);
    await expectWords(story);
  },
});

const joining = (route: RegExp): Flow => ({
  route,
  act: async ({ person, fetch }) => {
    const over = new AbortController();
    const device = new Joining(server, person.loginId, { fetch, ...IMPATIENT });
    device.say(true);
    void approveWhatComes(person.client, device, over.signal);
    await device.done.finally(() => {
      over.abort();
    });
  },
  then: async ({ person, fetch }) => {
    for (const { id } of await person.client.devices.pending()) await person.client.devices.deny(id);
    const joined = await joinWith(person.client, new Joining(server, person.loginId, { fetch }));
    expect(joined.userId).toBe(person.client.userId);
  },
});

async function approveWhatComes({ devices }: Sealpost, device: Joining, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const [pending] = await devices.pending();
    if (pending !== undefined) {
      return devices.approve(pending.id, () => device.code(), { signal: over }).catch(() => undefined);
    }
  }
}

const approving = (route: RegExp): Flow => ({
  route,
  act: async ({ person, client }) => joinWith(client, new Joining(server, person.loginId)),
  then: async ({ person, client }) => {
    for (const { id } of await client.devices.pending()) await client.devices.deny(id);
    expect((await joinWith(client, new Joining(server, person.loginId))).userId).toBe(client.userId);
  },
});

const FLOWS: Readonly<Record<string, Flow>> = {
  'a new password': {
    route: /POST \/v1\/account\/password$/,
    act: ({ client, person: { password } }) => client.account.changePassword({ password, newPassword: NEW_PASSWORD }),
    then: async ({ client, person: { loginId, password } }) => {
      await client.account.changePassword({ password, newPassword: NEW_PASSWORD });
      expect([await opens(loginId, NEW_PASSWORD), await opens(loginId, password)]).toEqual([true, false]);
    },
  },
  'a new loginId': {
    route: /POST \/v1\/account\/password$/,
    act: ({ client, person: { loginId, password } }) =>
      client.account.changeLoginId({ password, newLoginId: `new-${loginId}` }),
    then: async ({ client, person: { loginId, password } }) => {
      await client.account.changeLoginId({ password, newLoginId: `new-${loginId}` });
      expect([await opens(`new-${loginId}`, password), await opens(loginId, password)]).toEqual([true, false]);
      expect(client.loginId).toBe(`new-${loginId}`);
    },
  },
  'a new recovery key': {
    route: /PUT \/v1\/account\/recovery-key$/,
    act: ({ client, person: { password }, shown }) =>
      client.account.replaceRecoveryKey({ password, show: show(shown) }),
    then: expectWords,
  },
  'a new vault key': rekeying(false),
  'a new vault key after a compromise': rekeying(true),
  'joining the escrow': {
    route: /PUT \/v1\/account\/escrow$/,
    act: ({ client, person: { password } }) => client.account.addEscrow({ password, escrow }),
    then: async ({ client, person: { password } }) => {
      await client.account.addEscrow({ password, escrow });
      const account = await client.account.get();
      expect([account.escrow?.fingerprint, account.escrowWarning]).toEqual([escrow, undefined]);
    },
  },
  'leaving the escrow': {
    route: /POST \/v1\/account\/vault-key$/,
    before: ({ client, password }) => client.account.addEscrow({ password, escrow }),
    act: ({ client, person: { password }, shown }) => client.account.removeEscrow({ password, show: show(shown) }),
    then: async (story) => {
      const { account } = await expectSignedIn(story);
      expect((await account.get()).escrow === undefined).toBe(story.taken);
      await expectWords(story);
    },
  },
  'a recovery': {
    route: /POST \/v1\/auth\/recovery$/,
    act: ({ fetch, person: { loginId, recoveryWords } }) =>
      Sealpost.recover({ ...IMPATIENT, service: service(), fetch, loginId, recoveryWords, newPassword: NEW_PASSWORD }),
    then: async ({ person: { loginId, password, recoveryWords } }) => {
      await Sealpost.recover({ service: service(), loginId, recoveryWords, newPassword: NEW_PASSWORD });
      expect([await opens(loginId, NEW_PASSWORD), await opens(loginId, password)]).toEqual([true, false]);
    },
  },
  'asking for a reset': {
    route: /POST \/v1\/auth\/reset\/claim$/,
    act: ({ fetch, person: { loginId } }) =>
      Sealpost.requestReset({ ...IMPATIENT, service: service(), fetch, loginId }),
    then: async ({ person: { loginId } }) => {
      await Sealpost.requestReset({ service: service(), loginId });
      expect(await mail.tokenFor(loginId, 1)).toHaveLength(43);
    },
  },
  'a reset': {
    route: /POST \/v1\/auth\/reset$/,
    before: ({ loginId }) => Sealpost.requestReset({ service: service(), loginId }),
    act: async (story) => Sealpost.reset({ ...(await resetOf(story)), ...IMPATIENT, fetch: story.fetch }),
    then: async (story) => {
      const { recoveryWords, client } = await Sealpost.reset(await resetOf(story));
      expect(client.userId).toBe(story.person.client.userId);
      await expectWords({ ...story, taken: true, shown: [recoveryWords] });
    },
  },
  'an erasure': {
    route: /POST \/v1\/account\/erasure$/,
    act: ({ client, person: { password } }) => client.account.erase({ password }),
    then: async ({ client, person: { loginId, password, storage } }) => {
      await client.account.erase({ password });
      expect([await opens(loginId, password), await storage.reopen().keys('')]).toEqual([false, []]);
    },
  },
  'a request to join': joining(/POST \/v1\/auth\/device-requests$/),
  'what a new device reveals': joining(/POST \/v1\/auth\/device-requests\/[^/]+\/reveal$/),
  'what a new device collects': joining(/POST \/v1\/auth\/device-requests\/[^/]+\/collect$/),
  'an answer to a new device': approving(/POST \/v1\/account\/device-requests\/[^/]+\/answer$/),
  'an approval of a new device': approving(/POST \/v1\/account\/device-requests\/[^/]+\/approve$/),
  'a block': {
    route: /PUT \/v1\/blocks\//,
    act: ({ client }) => client.contacts.block(bob.loginId),
    then: async ({ client, taken }) => {
      expect(await client.contacts.blocked()).toEqual(taken ? [bob.client.userId] : []);
      await client.contacts.block(bob.loginId);
      expect(await client.contacts.blocked()).toEqual([bob.client.userId]);
    },
  },
  'the end of a block': {
    route: /DELETE \/v1\/blocks\//,
    before: ({ client }) => client.contacts.block(bob.loginId),
    act: ({ client }) => client.contacts.unblock(bob.loginId),
    then: async ({ client }) => {
      await client.contacts.unblock(bob.loginId);
      expect(await client.contacts.blocked()).toEqual([]);
    },
  },
  'a log-out': {
    route: /POST \/v1\/auth\/logout$/,
    act: ({ client }) => client.logout(),
    then: async ({ client, person: { storage } }) => {
      await client.logout();
      expect(await storage.reopen().keys('session')).toEqual([]);
    },
  },
};

async function resetOf({ person: { loginId }, storage }: Story) {
  const claimToken = await mail.tokenFor(loginId, 1);
  return { service: service(), storage: storage.reopen(), loginId, claimToken, password: NEW_PASSWORD };
}

let told = 0;

async function tell(flow: Flow, taken: boolean): Promise<void> {
  // Each flow meets another page.
  const page = GATEWAY_PAGES[(told++ * 5) % GATEWAY_PAGES.length]!;
  const during = { over: false };
  const fetch = (taken ? lostThenPage : unreachedThenPage)(flow.route, page, during);
  const person = await people.newPerson('alice');
  await flow.before?.(person);
  const storage = person.storage.reopen();
  const client = await Sealpost.open({ ...IMPATIENT, service: service(), storage, fetch });
  const story: Story = { person, client, fetch, taken, shown: [], storage: new MemoryStorage() };
  await expect(flow.act(story)).rejects.toBeInstanceOf(NetworkError);
  during.over = true;
  await flow.then(story);
}

describe('A change whose answers are lost', () => {
  it.each(Object.entries(FLOWS))('a change was made whose answers are lost: %s', (_name, flow) => tell(flow, true));
});

/** One of each kind. */
const UNREACHED = [
  'a new password',
  'a new recovery key',
  'a new vault key',
  'joining the escrow',
  'a recovery',
  'a reset',
  'an erasure',
  'what a new device reveals',
  'a block',
  'a log-out',
];

describe('An unheard change', () => {
  it.each(UNREACHED)('an unheard change can be made later: %s', (name) => tell(FLOWS[name]!, false));

  it('an unheard erasure can be made, though another device has ended the session since', async () => {
    const erasing = FLOWS['an erasure']!;
    await tell(
      {
        ...erasing,
        then: async (story) => {
          const { loginId, password } = story.person;
          const other = await Sealpost.open({ service: service(), loginId, password });
          for (const { id, current } of await other.sessions.list()) if (!current) await other.sessions.revoke(id);
          await erasing.then(story);
        },
      },
      false,
    );
  });
});
