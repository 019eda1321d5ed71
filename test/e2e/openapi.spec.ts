import { beforeAll, describe, expect, it } from '@jest/globals';
import { ERRORS, isErrorCode } from '@sealpost/protocol';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { AnySchema } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { exampleBodies } from '../../src/core/fixed-examples.js';
import { logIn, registerUser, sendRaw, sharedServer } from '../support/index.js';
import type { TestUser } from '../support/index.js';
import { exampleOf, readDocument, routesOf } from '../support/openapi.js';
import type { ApiResponse, MediaType, Schema } from '../support/openapi.js';

const server = await sharedServer();
const document = await readDocument(server);
const routes = routesOf(document).map((route) => [route.name, route] as const);
const mediaTypes = routes.flatMap(([name, { operation }]) => [
  ...contentsOf(`${name}, request`, operation.requestBody ?? { content: {} }),
  ...Object.entries(operation.responses).flatMap(([status, response]) => contentsOf(`${name}, ${status}`, response)),
]);
const MALFORMED = [400, 413, 415, 500];

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(document, 'document');

let alice: TestUser;

beforeAll(async () => {
  alice = await registerUser(server);
});

function contentsOf(name: string, { content = {} }: ApiResponse): (readonly [name: string, content: MediaType])[] {
  const own = Object.entries(content).filter(([type]) => type !== 'application/problem+json');
  return own.map(([type, media]) => [`${name}, ${type}`, media]);
}

function faultsOf(schema: Schema, value: unknown): unknown {
  // References lead into the document.
  const validate = ajv.compile(absolute(schema) as AnySchema);
  return validate(value) ? [] : validate.errors;
}

/** The problem document that the page of a code shows. */
async function problemOf(code: string): Promise<unknown> {
  const { text } = await sendRaw(server.url, { path: `/problems/${code}` });
  return JSON.parse(/^```json\n([^]*?)^```/m.exec(text)?.[1] ?? 'null');
}

function absolute(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(absolute);
  if (typeof schema !== 'object' || schema === null) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) =>
      name === '$ref' ? [name, `document${String(value)}`] : [name, absolute(value)],
    ),
  );
}

describe('the API description', () => {
  it.each(routes)('the API description tells of %s what it is for, in words', (_, { operation }) => {
    expect(operation.summary).toMatch(/^[A-Z].{4,100}[^.]$/);
    expect(operation.description?.length).toBeGreaterThan(20);
    expect(operation.tags?.length).toBe(1);
    const declared = document.tags.map((tag) => tag.name);
    expect(declared).toEqual(expect.arrayContaining([...(operation.tags ?? [])]));
    for (const { name, description } of operation.parameters ?? [])
      expect([name, description]).not.toContain(undefined);
  });

  it('the API description fills no optional filter in, so that a first try shows what is there', () => {
    const filters = routes.flatMap(([name, route]) =>
      route
        .parameters('query')
        .filter((parameter) => parameter.required !== true)
        .map(({ schema, ...parameter }) => [name, parameter.name, 'example' in parameter, schema.example]),
    );
    expect(filters.length).toBeGreaterThan(3);
    for (const [name, parameter, ...example] of filters) {
      expect([name, parameter, ...example]).toEqual([name, parameter, false, undefined]);
    }
  });

  it('the API description says where the token of "Authorize" comes from', () => {
    const description = document.components.securitySchemes?.['bearer']?.description;
    expect(description).toContain('POST /v1/auth/register');
    expect(description).toContain('sealpost token');
  });

  it('the API description names every operation, and no two alike', () => {
    const names = routes.map(([, { operation }]) => operation.operationId ?? '');
    for (const name of names) expect(name).toMatch(/^[a-z][A-Za-z0-9.]+$/);
    expect(new Set(names).size).toBe(names.length);
  });

  it('the API description keeps the names of open routes that generated clients are built on', () => {
    // Those of the other routes stand in the table of the threat model.
    const open = routes.filter(([, { isPublic }]) => isPublic);
    expect(open.map(([name, { operation }]) => `${name}: ${operation.operationId ?? ''}`).sort()).toMatchSnapshot();
  });

  it.each(routes)('the API description gives %s a schema for what goes in and for every answer', (_, route) => {
    const { operation, method } = route;
    if (method === 'POST' && operation.requestBody !== undefined) expect(route.bodySchema).toBeDefined();
    const statuses = Object.keys(operation.responses);
    expect(statuses.some((status) => status.startsWith('2'))).toBe(true);
    for (const [status, response] of Object.entries(operation.responses)) {
      expect([status, response.description?.length]).not.toEqual([status, undefined]);
      if (status !== '204') expect(Object.values(response.content ?? {})[0]?.schema).toBeDefined();
    }
  });

  it.each(routes)(
    'the API description documents how %s fails, with codes whose pages show such an answer',
    async (_, route) => {
      const failures = Object.entries(route.operation.responses).filter(([status]) => !(Number(status) < 400));
      const told = new Set<number>();
      for (const [status, response] of failures) {
        const lines = [...(response.description ?? '').matchAll(/`([\w.-]+)`(?: \((\d+)\))?/g)];
        expect(lines.length).toBeGreaterThan(0);
        const { schema = {} } = response.content?.['application/problem+json'] ?? {};
        for (const [, code = '', named = status] of lines) {
          told.add(Number(named));
          expect(isErrorCode(code) ? [code, ERRORS[code].status] : code).toEqual([code, Number(named)]);
          expect([code, faultsOf(schema, await problemOf(code))]).toEqual([code, []]);
        }
      }
      const always = [400, 500, 503, ...(route.isPublic ? [] : [401])];
      const ofBodies = route.bodySchema === undefined ? [] : [413, 415];
      const ofPaths = route.parameters('path').length > 0 ? [404] : [];
      expect([...told]).toEqual(expect.arrayContaining([...always, ...ofBodies, ...ofPaths]));
    },
  );

  it('the API description asks bound sessions for a proof wherever something changes that outlives the token, and says so', () => {
    const open = routes.filter(([, { isPublic }]) => !isPublic);
    const takesProof = (name: string) => names.has(name);
    const names = new Set(
      open
        .filter(([, { operation }]) => JSON.stringify(operation.security ?? []).includes('dpop'))
        .map(([name]) => name),
    );
    const changing = open.map(([name]) => name).filter((name) => !name.startsWith('get '));
    // Sending and looking up; everything else that changes anything needs a proof.
    expect(changing.filter((name) => !takesProof(name)).sort()).toEqual([
      'post /v1/keys/query',
      'post /v1/keys/senders',
      'post /v1/messages',
      'post /v1/messages/batch',
    ]);
    expect(takesProof('get /v1/account/export')).toBe(true);
  });

  it('the API description knows every error code from some route, except those of the HTTP layer itself', () => {
    const text = JSON.stringify(document.paths);
    const missing = Object.keys(ERRORS).filter((code) => !text.includes(`\`${code}\``));
    expect(missing).toEqual(['request.method-not-allowed', 'request.refused']);
  });

  it.each(mediaTypes)(
    'the API description has examples that fit the schema: %s',
    (_, { schema = {}, example, examples = {} }) => {
      const given = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
      for (const value of given.length > 0 ? given : [exampleOf(document, schema)]) {
        expect(faultsOf(schema, value)).toEqual([]);
      }
    },
  );

  it('the API description has an example of whatever is base64url, without which Swagger UI shows nothing', () => {
    const encoded = (value: unknown): Schema[] => {
      if (typeof value !== 'object' || value === null) return [];
      return [...('contentEncoding' in value ? [value as Schema] : []), ...Object.values(value).flatMap(encoded)];
    };
    const found = encoded(document);
    expect(found.length).toBeGreaterThan(10);
    for (const schema of found) expect(schema.example).toEqual(expect.any(String));
  });

  it('the API description shows in each body what the fixed examples of the protocol have, and no less than every member', () => {
    const bodies = exampleBodies();
    const shown = routes.filter(([, { bodySchema }]) => bodySchema !== undefined);
    for (const [, route] of shown) expect(route.exampleBody()).toEqual(bodies[route.operation.operationId ?? '']);
    expect(shown.length).toBe(Object.keys(bodies).length);
  });

  it.each(routes.filter(([, route]) => (route.operation.parameters ?? []).length > 0))(
    'the API description has examples of the parameters of %s that fit their schemas',
    (_, { operation }) => {
      const filled = (operation.parameters ?? []).filter((one) => one.in === 'path' || one.required === true);
      for (const { schema } of filled) {
        expect(faultsOf(schema, exampleOf(document, schema))).toEqual([]);
      }
    },
  );

  it('the API description shows bodies in which unknown members are refused', () => {
    for (const [, route] of routes) {
      if (route.bodySchema === undefined) continue;
      const body = { ...(route.exampleBody() as object), unexpectedMember: 1 };
      expect(faultsOf(route.bodySchema, body)).not.toEqual([]);
    }
  });
});

/** Answers that never end have tests of their own. */
const answering = routes.filter(
  ([, { operation }]) => operation.responses['200']?.content?.['text/event-stream'] === undefined,
);

describe('the examples of the description', () => {
  it.each(answering)('the examples of the API description are understood by %s', async (_, route) => {
    // A session of its own, since one of the routes ends it.
    const { token } = await logIn(server, alice.identity);
    const body = route.exampleBody();
    const answer = await sendRaw(server.url, {
      method: route.method,
      path: route.target(),
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    expect([answer.status, MALFORMED.includes(answer.status) ? answer.text : '']).toEqual([answer.status, '']);
    expect(MALFORMED).not.toContain(answer.status);
    const described = route.answer(answer.status);
    expect(described).toBeDefined();
    for (const media of Object.values(described?.content ?? {})) {
      // Lines of JSON are no JSON.
      if (/[/+]json\b/.test(answer.headers['content-type'] ?? '')) {
        expect(faultsOf(media.schema ?? {}, answer.json())).toEqual([]);
      }
    }
  });
});

describe('Swagger UI', () => {
  it('Swagger UI is served at /docs, with everything it needs from this server', async () => {
    const page = await sendRaw(server.url, { path: '/docs' });
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.text).not.toMatch(/https?:\/\//);
    for (const [, address = ''] of page.text.matchAll(/(?:src|href)="([^"]+)"/g)) {
      const asset = await sendRaw(server.url, { path: `/${address}` });
      expect([address, asset.status]).toEqual([address, 200]);
    }
  });
});
