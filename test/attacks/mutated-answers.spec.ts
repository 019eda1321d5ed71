import { beforeAll, describe, expect, it } from '@jest/globals';
import { SealpostError, type Fetch } from '@sealpost/client';
import { EXPORT_FORMAT, SERVICE_HEADER, serviceHeader, type TokensJson } from '@sealpost/protocol';
import { lineOf } from '../../packages/client/src/account/export.js';
import { Access } from '../../packages/client/src/http/access.js';
import { PublicApi } from '../../packages/client/src/http/public-api.js';
import { ServiceAddress } from '../../packages/client/src/http/service-address.js';
import { Transport } from '../../packages/client/src/http/transport.js';
import { UserApi } from '../../packages/client/src/http/user-api.js';
import { gather } from '../../packages/client/src/inbox/transports/mailbox-events.js';
import { sharedServer } from '../support/index.js';
import { hostileForms, HOSTILE_TEXTS } from '../support/hostile-json.js';
import { exampleOf, readDocument, routesOf, type ApiRoute } from '../support/openapi.js';
import { GATEWAY_PAGES, pageResponse, problemOf } from '../support/service-answers.js';

const SERVICE_ID = 'msg.example';
const OWN = { [SERVICE_HEADER]: serviceHeader(SERVICE_ID, '0.0.0') };
const FORMS = 60;
const SEED = 20_261_130;
const ID = '0190b5ea-0000-7000-8000-00000000000a';

/** Bytes that are not there until somebody reads them: more than this, and they were kept. */
const MOST_BYTES = 64 * 1024 * 1024;

/** All of the SDK that talks to a server, before one that answers as it is told. */
class Apis {
  answer: () => Response = () => new Response(null, { status: 500 });
  readonly #fetch: Fetch = async () => this.answer();
  readonly #transport = new Transport(
    new ServiceAddress({ url: 'https://msg.example', serviceId: SERVICE_ID }),
    { fetch: this.#fetch, retry: { attempts: 1 } },
    () => 0,
  );
  #tokens: TokensJson = {
    accessToken: 'a',
    accessTokenExpiresAt: 0,
    refreshToken: 'r',
    refreshTokenExpiresAt: 0,
    deviceToken: 'd',
  };
  readonly access = new Access(this.#transport, {
    readTokens: async () => this.#tokens,
    writeTokens: async (tokens) => {
      this.#tokens = tokens;
    },
  });
  readonly open = new PublicApi(this.#transport);
  readonly user = new UserApi(this.access);
}

type Body = Readonly<Record<string, unknown>>;

interface Call {
  /** @param body that the API's description has as an example */
  readonly ask: (apis: Apis, body: never) => Promise<unknown>;
  /** Makes the example of an answer one to this very question. */
  readonly fit?: (answer: Body, body: Body) => unknown;
}

const bumped = (answer: Body, body: Body): unknown => ({
  ...answer,
  credentialVersion: Number(body['credentialVersion']) + 1,
});
const sameId = (answer: Body): unknown => ({ ...answer, id: ID });

const prove = async (): Promise<string> => 'proof';

/** Every route that the SDK uses. */
const CALLS: Readonly<Record<string, Call>> = {
  'get /v1/service': { ask: ({ open }) => open.service() },
  'post /v1/auth/challenge': { ask: ({ open }) => open.challenge('alice') },
  'post /v1/auth/register': { ask: ({ open }, body) => open.register(body, prove) },
  'post /v1/auth/login': { ask: ({ open }, body) => open.login(body, prove) },
  'post /v1/auth/refresh': {
    ask: async ({ access }) => access.renew(await access.accessToken()),
  },
  'post /v1/auth/logout': { ask: ({ user }) => user.logout() },
  'get /v1/account/sessions': { ask: ({ user }) => user.sessions() },
  'delete /v1/account/sessions/{id}': { ask: ({ user }) => user.endSession(ID) },
  'get /v1/users': {
    ask: ({ user }) => user.findUser('alice'),
    fit: (answer) => ({ ...answer, loginId: 'alice', keys: { ...(answer['keys'] as Body), userId: answer['userId'] } }),
  },
  'get /v1/users/{id}/keys': {
    ask: ({ user }) => user.keyChain(ID, 0, 100),
    fit: ({ items, ...page }) => ({ ...page, items: (items as Body[]).map((one) => ({ ...one, userId: ID })) }),
  },
  'post /v1/keys': {
    ask: ({ user }, body) => user.rotate(body),
    fit: (answer, body) => ({
      ...answer,
      keys: { ...(answer['keys'] as Body), statement: (body['keys'] as Body)['statement'] },
    }),
  },
  'post /v1/keys/senders': { ask: ({ user }) => user.senders([1]) },
  'post /v1/keys/republish': { ask: ({ user }, body) => user.republish(body) },
  'get /v1/vault': { ask: ({ user }) => user.vault() },
  'post /v1/messages': { ask: ({ user }, body) => user.send(body) },
  'post /v1/messages/batch': { ask: ({ user }, body) => user.sendBatch(body) },
  'get /v1/messages': {
    ask: ({ user }) => user.inbox({ after: 0, limit: 50 }),
    fit: (answer) => ({ ...answer, lastSequence: 1_000_000 }),
  },
  'post /v1/messages/ack': { ask: ({ user }) => user.acknowledge(1) },
  'delete /v1/messages/{id}': { ask: ({ user }) => user.deleteMessage(ID) },
  'get /v1/state': { ask: ({ user }) => user.state() },
  'put /v1/state': {
    ask: ({ user }, body) => user.putState(body),
    fit: (answer, body) => ({ ...answer, stateVersion: body['stateVersion'] }),
  },
  'get /v1/account': { ask: ({ user }) => user.account() },
  'post /v1/account/erasure': { ask: ({ user }, body) => user.eraseAccount(body) },
  'get /v1/account/events': { ask: ({ user }) => user.accountEvents(undefined, 100, {}) },
  'post /v1/account/password': { ask: ({ user }, body) => user.changePassword(body), fit: bumped },
  'post /v1/account/vault-key': { ask: ({ user }, body) => user.rekey(body), fit: bumped },
  'put /v1/account/escrow': { ask: ({ user }, body) => user.addEscrow(body), fit: bumped },
  'put /v1/account/recovery-key': { ask: ({ user }, body) => user.replaceRecoveryKey(body), fit: bumped },
  'post /v1/auth/recovery/open': { ask: ({ open }, body) => open.openRecovery(body) },
  'post /v1/auth/recovery': { ask: ({ open }, body) => open.recover(body), fit: bumped },
  'post /v1/auth/reset/claim': { ask: ({ open }, body) => open.claimReset(body) },
  'post /v1/auth/reset/open': { ask: ({ open }, body) => open.openReset(body) },
  'post /v1/auth/reset': { ask: ({ open }, body) => open.reset(body) },
  'get /v1/account/resets': { ask: ({ user }) => user.pendingResets() },
  'post /v1/account/resets/cancel': { ask: ({ user }, body) => user.cancelResets(body) },
  'get /v1/blocks': {
    ask: ({ user }) => user.blocks(undefined),
    fit: (answer) => ({ ...answer, next: undefined }),
  },
  'put /v1/blocks/{userId}': { ask: ({ user }) => user.block(ID) },
  'delete /v1/blocks/{userId}': { ask: ({ user }) => user.unblock(ID) },
  'post /v1/auth/device-requests': {
    ask: ({ open }, body) => open.requestDevice(body),
    fit: (answer, body) => ({ ...answer, id: body['id'] }),
  },
  'post /v1/auth/device-requests/{id}/status': { ask: ({ open }, body) => open.deviceStatus(ID, body, 0) },
  'post /v1/auth/device-requests/{id}/reveal': { ask: ({ open }, body) => open.revealDevice(ID, body) },
  'post /v1/auth/device-requests/{id}/collect': { ask: ({ open }, body) => open.collectDevice(ID, body, prove) },
  'get /v1/account/device-requests': { ask: ({ user }) => user.deviceRequests() },
  'get /v1/account/device-requests/{id}': { ask: ({ user }) => user.deviceRequest(ID, 'waiting', 0), fit: sameId },
  'post /v1/account/device-requests/{id}/answer': { ask: ({ user }, body) => user.answerDevice(ID, body), fit: sameId },
  'post /v1/account/device-requests/{id}/approve': { ask: ({ user }, body) => user.approveDevice(ID, body) },
  'delete /v1/account/device-requests/{id}': { ask: ({ user }) => user.denyDevice(ID) },
};

/** Their answers are no JSON documents, and are read below. */
const STREAMS: readonly string[] = ['get /v1/messages/stream', 'get /v1/account/export'];
/** Nobody's client asks for these: they are for people, programs without the SDK and operators. */
const NOT_ASKED =
  /^(get \/health\/(live|ready)|get \/problems(\/\{code\})?|get \/openapi\.json|get \/\.well-known\/jwks\.json|post \/v1\/keys\/query|get \/v1\/messages\/\{id\}|get \/v1\/users\/\{id\}\/keys\/(newest|\{version\})|\w+ \/v1\/(admin|administration)\/.*)$/;

let routes: readonly ApiRoute[];
beforeAll(async () => {
  routes = routesOf(await readDocument(await sharedServer()));
});

/** What an honest server could answer; undefined where that has no body. */
function honestAnswer(route: ApiRoute, call: Call): unknown {
  const success = Object.entries(route.operation.responses).find(([status]) => status.startsWith('2'))?.[1];
  const media = success?.content?.['application/json'];
  if (media === undefined) return undefined;
  const answer = (media.example ?? exampleOf(route.document, media.schema ?? {})) as Body;
  return call.fit?.(answer, route.exampleBody() as Body) ?? answer;
}

const textOf = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));
const json = (text: string, status = 200): Response =>
  new Response(text, { status, headers: { ...OWN, 'content-type': 'application/json' } });
const problem = (text: string, status: number): Response =>
  new Response(text, { status, headers: { ...OWN, 'content-type': 'application/problem+json' } });
const nothing = (): Response => new Response(null, { status: 204, headers: OWN });

/** An answer of as many bytes as anybody wants to read. */
function endless(piece: string, count: { bytes: number }): Response {
  const chunk = new TextEncoder().encode(piece.repeat(Math.ceil(65_536 / piece.length)));
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      count.bytes += chunk.length;
      if (count.bytes > MOST_BYTES) controller.error(new Error('more was read than any honest answer has'));
      else controller.enqueue(chunk);
    },
  });
  return new Response(body, { status: 200, headers: { ...OWN, 'content-type': 'application/json' } });
}

/** Everything that a server which means no good, or something in its place, could answer to a call. */
function* hostileAnswers(honest: unknown): Generator<() => Response> {
  for (const form of hostileForms(honest ?? {}, FORMS, SEED)) yield () => json(textOf(form));
  for (const form of hostileForms(problemOf(404, 'keys.user-not-found'), 20, SEED)) {
    yield () => problem(textOf(form), 404);
  }
  for (const text of HOSTILE_TEXTS) {
    yield () => json(text);
    yield () => problem(text, 409);
  }
  for (const page of GATEWAY_PAGES) {
    yield () => pageResponse(page);
    yield () => pageResponse(page, OWN);
  }
  yield nothing;
}

/** @returns undefined, or what was thrown that is no refusal of the SDK's */
async function untyped(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof SealpostError ? undefined : error;
  }
}

describe('Wrong answers', () => {
  it('wrong answers of a server are tried on every route that there is', () => {
    const unknown = routes.map(({ name }) => name).filter((name) => !(name in CALLS) && !STREAMS.includes(name));
    expect(unknown.filter((name) => !NOT_ASKED.test(name))).toEqual([]);
    expect(Object.keys(CALLS).filter((name) => !routes.some((route) => route.name === name))).toEqual([]);
  });

  it.each(Object.entries(CALLS))(
    'a wrong answer is refused with an error of the SDK’s, and the next right one is taken: %s',
    async (name, call) => {
      const route = routes.find((one) => one.name === name)!;
      const apis = new Apis();
      const body = route.exampleBody() as never;
      const honest = honestAnswer(route, call);
      const honestly = (): Response => (honest === undefined ? nothing() : json(JSON.stringify(honest)));
      for (const answer of hostileAnswers(honest)) {
        apis.answer = answer;
        expect(await untyped(() => call.ask(apis, body))).toBeUndefined();
      }
      apis.answer = honestly;
      await call.ask(apis, body);
    },
  );

  it.each(['{},', '[', '"', ' ', '{"entries":[', '1,'])('an endless answer is cut off: %s', async (piece) => {
    for (const [name, call] of Object.entries(CALLS)) {
      const count = { bytes: 0 };
      const apis = new Apis();
      apis.answer = () => endless(piece, count);
      const body = routes.find((one) => one.name === name)!.exampleBody() as never;
      expect(await untyped(() => call.ask(apis, body))).toBeUndefined();
      expect(count.bytes).toBeLessThan(MOST_BYTES);
    }
  });
});

describe('Wrong streams', () => {
  const entry = { sequence: 2, id: ID };
  const events = (data: unknown) => `event: message\nid: 2\ndata: ${textOf(data)}\n\n`;
  const opening = 'event: mailbox\ndata: {"lastSequence":2,"acknowledgedUpTo":0}\n\n';

  async function listen(apis: Apis): Promise<void> {
    const stream = await apis.user.openStream({ after: 0 }, { answerWithinMs: 10_000 });
    try {
      for (;;) gather((await stream.read(10_000)) ?? []);
    } finally {
      stream.close();
    }
  }

  it('a wrong stream of a mailbox ends with an error of the SDK’s', async () => {
    const apis = new Apis();
    const texts = [
      ...hostileForms(entry, FORMS, SEED).map(events),
      ...HOSTILE_TEXTS.map((text) => `data: ${text}\n\n`),
      'data: x\n'.repeat(200_000),
      `data: ${'x'.repeat(3_000_000)}`,
      events(Array.from({ length: 100_000 }, () => ({}))),
    ];
    for (const text of texts) {
      apis.answer = () => new Response(opening + text, { headers: { ...OWN, 'content-type': 'text/event-stream' } });
      expect(await untyped(() => listen(apis))).toBeUndefined();
    }
  });

  it('a wrong stream of an export ends with an error of the SDK’s', async () => {
    const header = { kind: 'header', format: EXPORT_FORMAT, userId: ID, cursor: 'c' };
    const apis = new Apis();
    const texts = [...hostileForms(header, FORMS, SEED).map(textOf), ...HOSTILE_TEXTS, 'x'.repeat(20_000_000)];
    for (const text of texts) {
      apis.answer = () => new Response(`${text}\n`, { headers: { ...OWN, 'content-type': 'application/x-ndjson' } });
      const reading = async (): Promise<void> => {
        const stream = await apis.user.openExport(undefined, { answerWithinMs: 10_000 });
        for await (const line of stream.lines(10_000)) lineOf(line);
      };
      expect(await untyped(reading)).toBeUndefined();
    }
  });
});
