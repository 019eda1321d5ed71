import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStorage, NetworkError, Sealpost, UnconfirmedSend, type Fetch } from '@sealpost/client';
import type { StateJson } from '@sealpost/protocol';
import { sharedServer, type RunningServer } from '../support/index.js';
import { GATEWAY_PAGES, lostThenPage, pageResponse, serviceProblem } from '../support/service-answers.js';
import { lying, newPeople, newPerson, readMessages, readTexts, restarted, type Person } from '../support/sdk.js';
import { waitFor } from '../support/wait-for.js';

let server: RunningServer;
beforeAll(async () => {
  server = await sharedServer();
});

const HTML_404 = { status: 404, type: 'text/html', body: '<h1>Not found</h1>' };

describe('A message with foreign answers', () => {
  let alice: Person;
  let bob: Person;
  beforeAll(async () => {
    [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    await alice.client.send(bob.loginId, 'First');
    await readTexts(bob.client);
  });

  it.each(GATEWAY_PAGES.map((page) => [page.status, page.type, page] as const))(
    'a message whose repetition something else answers stays in the outbox and arrives once: %d %s',
    async (_status, _type, page) => {
      const during = { over: false };
      const client = await restarted(server, alice, { fetch: lostThenPage(/POST \/v1\/messages$/, page, during) });
      const error: unknown = await client.send(bob.loginId, 'Once').catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UnconfirmedSend);
      expect(await client.outbox.list()).toHaveLength(1);
      during.over = true;
      await client.outbox.flush();
      expect(await client.outbox.list()).toEqual([]);
      const messages = await readMessages(bob.client);
      expect(messages.map(({ text, events }) => [text, events])).toEqual([['Once', []]]);
    },
  );

  it('a message whose repetition something else answers is not called unsent where it went with others', async () => {
    const during = { over: false };
    const fetch = lostThenPage(/POST \/v1\/messages\/batch$/, { ...HTML_404, status: 413 }, during);
    const client = await restarted(server, alice, { fetch });
    const outcomes = await client.sendMany(['one', 'two'].map((content) => ({ to: bob.loginId, content })));
    expect(outcomes.map(({ status }) => status)).toEqual(['unconfirmed', 'not-sent']);
    during.over = true;
    await client.outbox.flush();
    expect(await readTexts(bob.client)).toEqual(['one']);
  });
});

describe('Foreign answers', () => {
  it('something that answers in place of the service does not end a session when it answers the renewal of a token', async () => {
    const alice = await newPerson(server, 'alice');
    let renewals = 0;
    const fetch: Fetch = async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      if (pathname === '/v1/auth/refresh' && ++renewals <= 2) return new Response('<h1>404</h1>', { status: 404 });
      const response = await globalThis.fetch(input, init);
      if (pathname !== '/v1/vault' || renewals > 0) return response;
      return serviceProblem(server.serviceId, 401, 'auth.token-expired');
    };
    const client = await restarted(server, alice, { fetch });
    expect((await client.keys.rotate()).version).toBe(2);
    expect(await client.keys.list()).toHaveLength(2);
  });

  it('something that answers in place of the service leaves no doubt behind about a new password that counts', async () => {
    const alice = await newPerson(server, 'alice');
    const during = { over: false };
    const fetch = lostThenPage(/POST \/v1\/account\/password$/, HTML_404, during);
    const client = await restarted(server, alice, { fetch });
    const change = { password: alice.password, newPassword: `${alice.password} anew` };
    await expect(client.account.changePassword(change)).rejects.toBeInstanceOf(NetworkError);
    const once = lostThenPage(/POST \/v1\/account\/password$/, HTML_404, { over: true });
    const again = await restarted(server, alice, { fetch: once });
    await again.account.changePassword({ password: change.newPassword, newPassword: alice.password });
    const { loginId, password } = alice;
    const service = { url: server.url, serviceId: server.serviceId };
    expect((await Sealpost.open({ service, loginId, password })).userId).toBe(alice.client.userId);
  });

  it('something that answers in place of the service does not silence the shared state for the life of a program', async () => {
    const alice = await newPerson(server, 'alice');
    let missing = true;
    const states: number[] = [];
    const client = await restarted(server, alice, {
      fetch: async (input, init) => {
        const { pathname } = new URL(input instanceof Request ? input.url : input);
        if (pathname === '/v1/state' && missing) return serviceProblem(server.serviceId, 404, 'request.not-found');
        return lying(/GET \/v1\/state$/, (state: StateJson) => (states.push(state.stateVersion), state))(input, init);
      },
    });
    await client.sharedState.sync();
    missing = false;
    await client.sharedState.sync();
    expect((await client.sharedState.sync()).stateVersion).toBeGreaterThan(0);
    expect(states.length).toBeGreaterThan(0);
  });

  it('something that answers in place of the service is outlasted by an inbox that waits', async () => {
    const [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
    const pages = [...GATEWAY_PAGES];
    const asked: string[] = [];
    const fetch: Fetch = async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : input);
      const page = pathname.startsWith('/v1/messages') ? pages.shift() : undefined;
      asked.push(pathname);
      if (page === undefined) return globalThis.fetch(input, init);
      return pageResponse(page);
    };
    const client = await restarted(server, bob, { fetch });
    const texts: (string | undefined)[] = [];
    const reading = (async () => {
      for await (const entry of client.inbox({ wait: true })) {
        texts.push(entry.kind === 'message' ? entry.text : entry.kind);
        if (texts.length === 1) break;
      }
    })();
    await waitFor(() => pages.length === 0);
    await alice.client.send(bob.loginId, 'After the deploy');
    await reading;
    expect(texts).toEqual(['After the deploy']);
  });
});

describe('An account made without an answer', () => {
  const person = () => ({
    service: { url: server.url, serviceId: server.serviceId },
    loginId: `unheard-${randomBytes(5).toString('hex')}`,
    password: 'a password that nobody else has',
    retry: { firstDelayMs: 2, longestDelayMs: 10 },
  });

  it('an account that was made without an answer is finished by the next attempt, which shows the words that open it', async () => {
    const given = person();
    const storage = new MemoryStorage();
    const fetch = lostThenPage(/POST \/v1\/auth\/register$/, HTML_404, { over: false });
    await expect(Sealpost.register({ ...given, storage, fetch })).rejects.toBeInstanceOf(NetworkError);
    const { client, recoveryWords } = await Sealpost.register({ ...given, storage: storage.reopen() });
    await client.send(given.loginId, 'Here');
    const newPassword = 'another password of theirs';
    const recovered = await Sealpost.recover({ ...given, recoveryWords, newPassword });
    expect(recovered.userId).toBe(client.userId);
    expect(await storage.keys('begun-account')).toEqual([]);
  });

  it('an account that was made without an answer is not lost by a second attempt with a mistyped password', async () => {
    const given = person();
    const storage = new MemoryStorage();
    const fetch = lostThenPage(/POST \/v1\/auth\/register$/, HTML_404, { over: false });
    await expect(Sealpost.register({ ...given, storage, fetch })).rejects.toBeInstanceOf(NetworkError);
    const mistyped = Sealpost.register({
      ...given,
      storage: storage.reopen(),
      password: 'a passwort that was mistyped',
    });
    await expect(mistyped).rejects.toMatchObject({ code: 'auth.login-id-taken' });
    const { recoveryWords } = await Sealpost.register({ ...given, storage: storage.reopen() });
    expect(recoveryWords.split(' ')).toHaveLength(24);
  });
});
