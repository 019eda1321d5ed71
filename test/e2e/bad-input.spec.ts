import { beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS, LIMITS } from '@sealpost/protocol';
import { contentOfDatabase, type DatabaseContent } from '../support/database-content.js';
import { registerUser, sendRaw, startServer } from '../support/index.js';
import type { RawRequest, RawResponse, TestUser } from '../support/index.js';
import { badBase64Url, badBodies, badDocuments, badUuids } from '../support/bad-values.js';
import { readDocument, routesOf } from '../support/openapi.js';
import type { ApiRoute, Parameter, Schema } from '../support/openapi.js';

// The routes are known only when the server runs: a new one is covered without being named here.
const server = await startServer();
const document = await readDocument(server);
const routes = routesOf(document).map((route) => [route.name, route] as const);
const withBody = routes.filter(([, route]) => route.bodySchema !== undefined);
const withoutBody = routes.filter(([, route]) => route.bodySchema === undefined);
const withParameters = routes.filter(([, route]) =>
  (['path', 'query'] as const).some((place) => route.parameters(place).length > 0),
);

const AT_A_TIME = 8;
const BODY_LIMIT = 512 * 1024;
/** Where the protocol allows more on one route. */
const BODY_LIMITS: Readonly<Record<string, number>> = {
  'put /v1/state': Math.ceil((LIMITS.stateBytes * 4) / 3) + 1024,
};

let alice: TestUser;

beforeAll(async () => {
  alice = await registerUser(server);
});

/** A request that must be refused with a problem, and where that must point. */
interface Attempt extends Partial<RawRequest> {
  readonly what: string;
  /** Where in the body the fault is. */
  readonly pointer?: string;
  /** In the query or the path. */
  readonly parameter?: string;
  readonly statuses?: readonly number[];
}

function ask(route: ApiRoute, attempt: Attempt): Promise<RawResponse> {
  const { method = route.method, path = route.target(), body, headers } = attempt;
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return sendRaw(server.url, {
    method,
    path,
    headers: { Authorization: `Bearer ${alice.token}`, ...type, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** What is wrong with the answer to an attempt, for a list that shows all of them at once. */
function faultOf(route: ApiRoute, attempt: Attempt, answer: RawResponse): string | null {
  const { statuses = [400], pointer, parameter } = attempt;
  const say = (fault: string) => `${attempt.what}: ${fault}: ${answer.status} ${answer.text.slice(0, 300)}`;
  if (!statuses.includes(answer.status)) return say(`expected ${statuses.join(' or ')}`);
  if (answer.headers['content-type'] !== 'application/problem+json') return say('not a problem document');
  const problem = answer.json() as {
    code: string;
    status: number;
    errors?: { pointer?: string; parameter?: string }[];
  };
  if (problem.status !== answer.status) return say('another status in the document');
  if (!Object.hasOwn(ERRORS, problem.code) && !problem.code.startsWith('x-')) return say('unknown code');
  const { description = '' } = route.answer(answer.status) ?? {};
  const isDocumented = description.includes(`\`${problem.code}\``);
  if (!isDocumented && ![404, 405, 414].includes(answer.status)) return say('code is not in the API description');
  const errors = problem.errors ?? [];
  if (pointer !== undefined && !errors.some((error) => leadsTo(error.pointer, pointer)))
    return say(`not at ${pointer}`);
  if (parameter !== undefined && !errors.some((error) => error.parameter === parameter))
    return say(`not at ${parameter}`);
  return null;
}

function leadsTo(pointer: string | undefined, wanted: string): boolean {
  return pointer !== undefined && (wanted === '' || pointer === wanted || pointer.startsWith(`${wanted}/`));
}

/** The content of the database that the requests before have left; nothing else writes here. */
let content: DatabaseContent | undefined;

/** Makes all attempts and shows every answer that is not the refusal it should be; nothing may be stored. */
async function expectRefusals(route: ApiRoute, attempts: readonly Attempt[]): Promise<void> {
  expect(attempts.length).toBeGreaterThan(0);
  const before = (content ??= await contentOfDatabase(server));
  const faults: string[] = [];
  const waiting = [...attempts];
  const work = async (): Promise<void> => {
    for (let attempt = waiting.shift(); attempt !== undefined; attempt = waiting.shift()) {
      const fault = faultOf(route, attempt, await ask(route, attempt));
      if (fault !== null) faults.push(fault);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
  expect(faults).toEqual([]);
  content = await contentOfDatabase(server);
  expect(content).toEqual(before);
}

/** Optional parameters have no example, or whoever tries the API out in a browser would filter by it. */
function rightValueOf(schema: Schema): string {
  const { example, format, minimum, minLength = 1 } = schema;
  const [first] = schema.enum ?? [];
  if (typeof example === 'string' || typeof example === 'number') return String(example);
  if (format === 'uuid') return '0190b5ea-0000-7000-8000-00000000000a';
  if (typeof first === 'string') return first;
  return schema.type === 'integer' ? String(minimum ?? 1) : 'A'.repeat(Math.max(minLength, 4));
}

function isWrongIn(parameter: Parameter): string[] {
  const { schema } = parameter;
  const example = rightValueOf(schema);
  const common = ['', '%00', '%zz', '%ff', `${example}%0a`];
  if (schema.type === 'integer') {
    const { minimum = 0, maximum = 0 } = schema;
    const outside = [minimum - 1, ...(maximum < Number.MAX_SAFE_INTEGER ? [maximum + 1] : [])].map(String);
    return [...common, ...outside, '1.0', '1e1', '01', '+1', '0x1', 'one', '99999999999999999999'];
  }
  if (schema.format === 'uuid')
    return [...common, 'text', ...[...badUuids(example)].map(([, value]) => encodeURI(value))];
  if (schema.contentEncoding === 'base64url')
    return [...common, ...[...badBase64Url(example)].map(([, value]) => encodeURI(value))];
  const short = (schema.minLength ?? 0) > 1 ? [example.slice(0, (schema.minLength ?? 0) - 1)] : [];
  return [...common, ...short, '%20', '%C3%84%C3%84%C3%84'];
}

describe('a wrong body', () => {
  it.each(withBody)('a wrong body is refused by %s, whichever member is wrong', async (_, route) => {
    await expectRefusals(route, badBodies(document, route.bodySchema ?? {}, route.exampleBody()));
  });

  it.each(withBody)('a wrong body is refused by %s when it is not acceptable JSON', async (_, route) => {
    await expectRefusals(route, badDocuments(route.exampleBody()));
  });

  it.each(withBody)('a wrong body is refused by %s in another media type, charset or encoding', async (_, route) => {
    const body = JSON.stringify(route.exampleBody());
    const types = [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/xml',
    ];
    const charsets = [
      'application/json; charset=utf-16',
      'application/json; charset=iso-8859-1',
      'application/jsonp',
      '',
    ];
    const attempts = [...types, ...charsets].map((type) => ({ what: type, headers: { 'Content-Type': type }, body }));
    const compressed = { what: 'gzip', headers: { 'Content-Encoding': 'gzip' }, body };
    await expectRefusals(
      route,
      [...attempts, compressed].map((attempt) => ({ ...attempt, statuses: [415] })),
    );
  });

  it.each(withBody)('a wrong body is refused by %s when it is too large', async (_, route) => {
    const json = JSON.stringify(route.exampleBody());
    const body = json + ' '.repeat((BODY_LIMITS[route.name] ?? BODY_LIMIT) + 1 - json.length);
    await expectRefusals(route, [{ what: 'one byte too many', body, statuses: [413] }]);
  });
});

describe('a request with extra parts', () => {
  // Supervisors and load balancers may add a query of their own.
  const withStrictQuery = routes.filter(([, route]) => !route.path.startsWith('/health/'));

  it.each(withStrictQuery)(
    'a request with extra parts is refused by %s when the query has an unknown parameter',
    async (_, route) => {
      const names = ['unexpected', '__proto__', 'hasOwnProperty'];
      await expectRefusals(
        route,
        names.map((name) => ({
          what: name,
          path: route.target({}, `${name}=1`),
          parameter: name,
          ...exampleBodyOf(route),
        })),
      );
    },
  );

  it.each(withoutBody)('a request with extra parts is refused by %s when it has a body', async (_, route) => {
    const bodies = ['{"unexpected":1}', '[]', 'null', '"text"'];
    await expectRefusals(
      route,
      bodies.map((body) => ({ what: body, body, pointer: '' })),
    );
  });
});

describe('a wrong parameter', () => {
  it.each(withParameters)('a wrong parameter is refused by %s', async (_, route) => {
    const inPath = route.parameters('path').flatMap((parameter) =>
      isWrongIn(parameter)
        // An empty part of the path is another path.
        .filter((value) => value !== '')
        .map((value) => ({
          what: `${parameter.name}=${value}`,
          path: route.target({ [parameter.name]: value }),
          ...(/%(zz|ff)/.test(value) ? {} : { parameter: parameter.name }),
        })),
    );
    const inQuery = route.parameters('query').flatMap(({ name, required, schema, ...rest }) => {
      const wrong = isWrongIn({ name, schema, ...rest }).map((value) => `${name}=${value}`);
      const example = `${name}=${encodeURIComponent(rightValueOf(schema))}`;
      const queries = [...wrong, name, `${example}&${example}`, ...(required === true ? [''] : [])];
      return queries.map((query) => ({ what: query, path: pathWith(route, query), parameter: name }));
    });
    // With a body that is right, where the route takes one: it is the parameter that is at fault.
    const example = route.exampleBody();
    const body = example === undefined ? {} : { body: JSON.stringify(example) };
    await expectRefusals(
      route,
      [...inPath, ...inQuery].map((attempt) => ({ ...body, ...attempt })),
    );
  });

  it.each(withParameters.filter(([, route]) => route.parameters('path').length > 0))(
    'a wrong parameter is refused by %s when it is far too long',
    async (_, route) => {
      const [first] = route.parameters('path');
      const path = route.target({ [first?.name ?? '']: 'a'.repeat(5000) });
      await expectRefusals(route, [{ what: 'long', path, statuses: [400, 414] }]);
    },
  );
});

describe('a request without a valid token', () => {
  it.each(routes.filter(([, route]) => !route.isPublic))(
    'a request without a valid access token is refused by %s',
    async (_, route) => {
      const headers = [
        '',
        'Bearer',
        'Bearer x',
        'Bearer a.b.c',
        `Basic ${alice.token}`,
        `Bearer ${alice.token}x`,
        alice.token,
      ];
      await expectRefusals(
        route,
        headers.map((value) => ({
          what: value,
          headers: { Authorization: value },
          statuses: [401],
          ...exampleBodyOf(route),
        })),
      );
    },
  );
});

function exampleBodyOf(route: ApiRoute): { readonly body?: string } {
  const body = route.exampleBody();
  return body === undefined ? {} : { body: JSON.stringify(body) };
}

/** The path with this query only, without the parameters that the route requires. */
function pathWith(route: ApiRoute, query: string): string {
  const path = route.target().replace(/\?.*$/, '');
  return query === '' ? path : `${path}?${query}`;
}
