import { beforeAll, describe, expect, it } from '@jest/globals';
import { Sealpost, SealpostError, type Fetch } from '@sealpost/client';
import { sharedServer, type RunningServer } from '../support/index.js';
import { hostileForms } from '../support/hostile-json.js';
import { exchangeOf, newPeople, readInbox, restarted, type Person } from '../support/sdk.js';

/** How many forms of each route's answer are tried. */
const FORMS = 3;
const SEED = 20_261_130;
const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

let server: RunningServer;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  server = await sharedServer();
  [alice, bob] = (await newPeople(server, ['alice', 'bob'])) as [Person, Person];
});

type Flow = (fetch: Fetch) => Promise<unknown>;

const client = (fetch: Fetch): Promise<Sealpost> => restarted(server, alice, { fetch });

/** What users do; each from the beginning of a program on. */
const FLOWS: Readonly<Record<string, Flow>> = {
  'signing in': async (fetch) => {
    const { loginId, password } = alice;
    const service = { url: server.url, serviceId: server.serviceId };
    const signedIn = await Sealpost.open({ service, loginId, password, fetch, retry: { attempts: 1 } });
    await signedIn.logout({ force: true });
  },
  sending: async (fetch) => (await client(fetch)).send(bob.loginId, 'Hello'),
  'sending many': async (fetch) => (await client(fetch)).sendMany([{ to: bob.loginId, content: 'Hello' }]),
  reading: async (fetch) => readInbox(await client(fetch), { after: 0 }),
  rotating: async (fetch) => (await client(fetch)).keys.rotate(),
  'looking somebody up': async (fetch) => (await client(fetch)).contacts.get(bob.loginId),
  sharing: async (fetch) => (await client(fetch)).sharedState.sync(),
  'looking at the account': async (fetch) => (await client(fetch)).account.get(),
  'looking at sessions': async (fetch) => (await client(fetch)).sessions.list(),
};

/** Routes whose answers are JSON, as a flow has asked them. */
function noting(routes: Set<string>): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    if (response.ok && isJson) routes.add(routeOf(input, init));
    return response;
  };
}

/** Changes the first answer of a route. */
function changing(route: string, form: (answer: unknown) => unknown): Fetch {
  let changed = false;
  return async (input, init) => {
    const response = await fetch(input, init);
    if (changed || !response.ok || routeOf(input, init) !== route) return response;
    changed = true;
    const { status, headers } = response;
    return new Response(JSON.stringify(form(await response.json())), { status, headers });
  };
}

function routeOf(input: Parameters<Fetch>[0], init: RequestInit | undefined): string {
  const { method, path } = exchangeOf(input, init);
  return `${method} ${path.split('?')[0]!.replace(ID, '{id}')}`;
}

describe('One wrong answer', () => {
  it.each(Object.entries(FLOWS))(
    'a user whose server answers wrongly once gets an error of the SDK’s at most, and goes on: %s',
    async (_name, flow) => {
      const routes = new Set<string>();
      await flow(noting(routes));
      expect(routes.size).toBeGreaterThan(0);
      for (const route of routes) {
        for (let n = 0; n < FORMS; n++) {
          const lying = changing(route, (answer) => hostileForms(answer, FORMS, SEED)[n]);
          const error: unknown = await flow(lying).then(
            () => null,
            (caught: unknown) => caught,
          );
          if (error !== null) expect(error).toBeInstanceOf(SealpostError);
        }
      }
      await flow(fetch);
    },
  );
});
