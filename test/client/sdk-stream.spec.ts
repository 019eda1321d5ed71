import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createPrivateKey, randomInt, sign } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { InboxConnection, InboxOptions, MemoryStorage, Sealpost } from '@sealpost/client';
import { fromUtf8, requireBase64Url, type TokensJson } from '@sealpost/protocol';
import { readSecrets } from '../support/server-secrets.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { startServer, waitFor, type TestServer } from '../support/index.js';
import {
  newDevice,
  newPeople,
  outcomeOf,
  recording,
  restarted,
  type Person,
  type SeenExchange,
} from '../support/sdk.js';

let server: TestServer;
let proxy: CuttingProxy;
beforeAll(async () => {
  server = await startServer();
  proxy = await CuttingProxy.start(server.url);
});
afterAll(() => proxy.stop());

interface Listening {
  readonly texts: (string | undefined)[];
  readonly events: unknown[];
  readonly transports: string[];
  readonly stop: () => void;
  readonly done: Promise<void>;
}

/** Reads in the background, and writes down what comes and how. */
function listen(client: Sealpost, options: InboxOptions = {}): Listening {
  const stop = new AbortController();
  const listening = { texts: [] as (string | undefined)[], events: [] as unknown[], transports: [] as string[] };
  const hear = ({ detail }: CustomEvent<InboxConnection>): void => {
    listening.transports.push(detail.state === 'connected' ? detail.transport : 'interrupted');
  };
  client.addEventListener('connection', hear, { signal: stop.signal });
  const done = (async () => {
    for await (const entry of client.inbox({ wait: true, signal: stop.signal, ...options })) {
      listening.texts.push(outcomeOf(entry));
      if (entry.kind !== 'refused') listening.events.push(...entry.events);
    }
  })();
  const abort = (): void => {
    stop.abort();
  };
  return { ...listening, stop: abort, done };
}

const pair = async (): Promise<[Person, Person]> => (await newPeople(server, ['alice', 'bob'])) as [Person, Person];

const streaming = ({ transports }: Listening): Promise<boolean> => waitFor(() => transports.at(-1) === 'stream');

/** Gives a device an access token of the server's that expires in some seconds, instead of the one that it has. */
async function shortenToken(storage: MemoryStorage): Promise<void> {
  const tokens = JSON.parse((await storage.get('tokens')) ?? '{}') as TokensJson;
  const [head = '', body = ''] = tokens.accessToken.split('.');
  const claims = JSON.parse(fromUtf8(requireBase64Url(body, 'claims'))) as Record<string, unknown>;
  const exp = Math.ceil(Date.now() / 1000) + 4;
  const text = `${head}.${Buffer.from(JSON.stringify({ ...claims, exp })).toString('base64url')}`;
  const key = createPrivateKey({ key: (await readSecrets(server)).signingKeys[0]!.jwk, format: 'jwk' });
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  const accessToken = `${text}.${signature.toString('base64url')}`;
  const changed = { ...tokens, accessToken, accessTokenExpiresAt: exp * 1000 };
  await storage.commit(new Map([['tokens', JSON.stringify(changed)]]));
}

describe('A client that listens', () => {
  it('a client that listens gets what is there and what comes, each once, with checks and receipts as ever', async () => {
    const [alice, bob] = await pair();
    await bob.client.contacts.accept(alice.loginId);
    await bob.client.receipts.allow({ delivered: true });
    await alice.client.send(bob.loginId, 'There already');
    const hearing = listen(bob.client);
    await streaming(hearing);
    for (const suite of ['sealpost-v1', 'box', 'sealed-box'] as const)
      await alice.client.send(bob.loginId, suite, { suite });
    const sending = listen(alice.client);
    // Copies of the receipts come back to who has sent them.
    const heard = (): unknown[] => hearing.texts.filter((text) => text !== 'delivered');
    await waitFor(() => heard().length === 4 && sending.texts.includes('delivered'));
    expect(heard()).toEqual(['There already', 'sealpost-v1', 'box', 'sealed-box']);
    expect([...hearing.events, ...sending.events]).toEqual([]);
    for (const { stop, done } of [hearing, sending]) {
      stop();
      await done;
    }
  });

  it('a client that listens misses nothing when its token expires, and has the next one by then', async () => {
    const [alice, bob] = await pair();
    await bob.client.close();
    await shortenToken(bob.storage.reopen());
    const seen: SeenExchange[] = [];
    const client = await restarted(server, bob, { fetch: recording(seen) });
    const hearing = listen(client);
    const isStream = ({ path }: SeenExchange): boolean => path.startsWith('/v1/messages/stream');
    const sent: string[] = [];
    while (seen.filter(isStream).length < 2) {
      sent.push(`message ${sent.length}`);
      await alice.client.send(bob.loginId, sent.at(-1) ?? '');
    }
    await waitFor(() => hearing.texts.length === sent.length);
    expect(hearing.texts).toEqual(sent);
    expect(hearing.events).toEqual([]);
    // Nobody was told that anything was wrong, and the second stream was the next request after the renewal.
    expect(hearing.transports).toEqual(['long-poll', 'stream']);
    const routes = seen.map((exchange) => (isStream(exchange) ? 'stream' : exchange.path));
    expect(routes.filter((route) => route === 'stream' || route === '/v1/auth/refresh')).toEqual([
      'stream',
      '/v1/auth/refresh',
      'stream',
    ]);
    await client.close();
    await hearing.done;
  });

  it('a client that listens gets every message once and in order over a connection that is cut again and again', async () => {
    const [alice, bob] = await pair();
    // A page of everything that is there has to get through at last.
    proxy.cutAfter(() => randomInt(2000, 300_000));
    const behind = await restarted({ url: proxy.url, serviceId: server.serviceId }, bob);
    const hearing = listen(behind);
    const sent = Array.from({ length: 40 }, (_, index) => `message ${index}`);
    for (const text of sent) {
      await alice.client.send(bob.loginId, text);
      if (randomInt(4) === 0) proxy.cutAll();
    }
    await waitFor(() => hearing.texts.length >= sent.length, { timeoutMs: 45_000 });
    expect(hearing.texts).toEqual(sent);
    expect(hearing.events).toEqual([]);
    expect(hearing.transports).toContain('interrupted');
    await behind.close();
    await hearing.done;
  });

  it('a client that listens outlasts a restart of the server', async () => {
    const [alice, bob] = await pair();
    const hearing = listen(bob.client);
    await streaming(hearing);
    await server.restart();
    await alice.client.send(bob.loginId, 'Back again');
    await waitFor(() => hearing.texts.length === 1);
    expect(hearing.texts).toEqual(['Back again']);
    hearing.stop();
    await hearing.done;
  });

  it('a client that listens is told when its session is ended elsewhere', async () => {
    const [alice] = await pair();
    const phone = await newDevice(server, alice);
    const hearing = listen(phone);
    await streaming(hearing);
    const ended = expect(hearing.done).rejects.toMatchObject({ status: 401, code: 'auth.session-ended' });
    const sessions = await alice.client.sessions.list();
    await alice.client.sessions.revoke(sessions.find(({ current }) => !current)?.id ?? '');
    await ended;
  });

  it('a client that listens keeps no program from ending once it is closed', async () => {
    const program = `
      import { Sealpost } from '@sealpost/client';
      const [url, serviceId] = process.argv.slice(1);
      const loginId = 'ending-' + process.pid;
      const { client } = await Sealpost.register({ service: { url, serviceId }, loginId, password: 'a password of quite nobody' });
      await client.receipts.allow({ delivered: true });
      client.addEventListener('connection', ({ detail }) => { if (detail.transport === 'stream') client.close(); });
      client.addEventListener('device', () => undefined);
      for await (const entry of client.inbox({ wait: true })) console.log(entry.kind);
      console.log('left');
    `;
    const args = ['--input-type=module', '-e', program, server.url, server.serviceId];
    const child = spawn(process.execPath, args, { cwd: resolve(import.meta.dirname, '../..'), stdio: 'pipe' });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const [code] = (await once(child, 'close')) as [number | null];
    expect({ code, output }).toEqual({ code: 0, output: 'left\n' });
  });
});
