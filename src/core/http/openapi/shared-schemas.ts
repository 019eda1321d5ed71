import type { OpenAPIObject } from '@nestjs/swagger';
import { SHARED, type SharedSchema } from '../fields/index.js';

const SCHEMAS = '#/components/schemas/';

type Members = Record<string, unknown>;

/** A copy in which every object was changed, the innermost first. */
function changed(value: unknown, change: (value: Members) => Members): unknown {
  if (Array.isArray(value)) return value.map((item) => changed(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, changed(member, change)])));
}

function* referencesIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (name === '$ref' && typeof member === 'string') yield member.replace(SCHEMAS, '');
    else yield* referencesIn(member);
  }
}

/** Replaces the schemas of one kind of scalar by references to one, beside which stay the words about its use. */
function shareScalars(document: OpenAPIObject): Members {
  const scalars: Members = {};
  const shared = (value: Members): Members => {
    // A reference to a schema of a class stands under allOf where something is said beside it, as OpenAPI 3.0 had to.
    const { allOf, ...beside } = value;
    if (Array.isArray(allOf) && allOf.length === 1) return { ...(allOf[0] as object), ...beside };
    if (!(SHARED in value)) return value;
    const { [SHARED]: sharing, description, example, default: preset, ...schema } = value;
    const { name, ...about } = sharing as SharedSchema;
    scalars[name] = { ...schema, ...about };
    return JSON.parse(JSON.stringify({ $ref: SCHEMAS + name, description, example, default: preset })) as Members;
  };
  document.paths = changed(document.paths, shared) as OpenAPIObject['paths'];
  document.components = changed(document.components, shared) as NonNullable<OpenAPIObject['components']>;
  return scalars;
}

/** Something that may be said elsewhere in the same words. */
export interface Use {
  readonly name: string;
  readonly value: object;
  readonly refer: (reference: { readonly $ref: string }) => void;
}

/**
 * Moves what is said several times in the same words into a section of the components. Of different things with the same
 * name the most frequent one goes there.
 */
export function share(section: string, uses: readonly Use[]): Record<string, never> {
  const groups = new Map<string, Use[]>();
  for (const use of uses) {
    const key = use.name + JSON.stringify(use.value);
    groups.set(key, [...(groups.get(key) ?? []), use]);
  }
  const shared: Record<string, object> = {};
  for (const [first, ...others] of [...groups.values()].sort((a, b) => b.length - a.length)) {
    if (first === undefined || others.length === 0 || first.name in shared) continue;
    shared[first.name] = first.value;
    for (const { refer } of [first, ...others]) refer({ $ref: `#/components/${section}/${first.name}` });
  }
  return shared as Record<string, never>;
}

/** `UserId` for the member `userId` of several classes, or `VaultMember` for `vault` where a class is called `Vault`. */
function* membersOf(schemas: Readonly<Record<string, { properties?: Members }>>): Generator<Use> {
  for (const { properties = {} } of Object.values(schemas)) {
    for (const [member, value] of Object.entries(properties) as [string, object][]) {
      if (Object.keys(value).length < 2) continue;
      const plain = member.charAt(0).toUpperCase() + member.slice(1);
      const refer = (reference: object): void => void (properties[member] = reference);
      yield { name: plain in schemas ? `${plain}Member` : plain, value, refer };
    }
  }
}

function bodiesOf({ paths }: OpenAPIObject): unknown {
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as { readonly requestBody?: object }[]);
  return operations.map(({ requestBody }) => requestBody);
}

/**
 * `LoginDto` is the class of a body, `LoginRequest` its schema; `LoggedInView` is the class of an answer. A class of an
 * additional module keeps its own name where that is taken.
 * @param taken names that the document needs besides
 */
function namesOf(document: OpenAPIObject, taken: readonly string[]): Map<string, string> {
  const bodies = new Set(referencesIn(bodiesOf(document)));
  const names = new Map<string, string>();
  const used = new Set(taken);
  for (const name of Object.keys(document.components?.schemas ?? {})) {
    const short = name.replace(/View$/, '').replace(/Dto$/, bodies.has(name) ? 'Request' : '');
    const given = used.has(short) ? name : short;
    if (used.has(given))
      throw new Error(`The class ${name} needs another name: the OpenAPI document has a schema ${given}`);
    used.add(given);
    names.set(name, given);
  }
  return names;
}

/**
 * Gives schemas the names that clients are generated with, and scalars of one kind a schema of their own.
 * @param problems schemas that the document needs besides
 */
export function nameSchemas(document: OpenAPIObject, problems: Members): void {
  const scalars = shareScalars(document);
  const names = namesOf(document, Object.keys({ ...scalars, ...problems }));
  const renamed = (value: Members): Members => {
    const { $ref } = value;
    if (typeof $ref !== 'string' || !$ref.startsWith(SCHEMAS)) return value;
    const name = $ref.slice(SCHEMAS.length);
    return { ...value, $ref: SCHEMAS + (names.get(name) ?? name) };
  };
  const own = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => [names.get(name), schema]);
  document.paths = changed(document.paths, renamed) as OpenAPIObject['paths'];
  const schemas = { ...(changed(Object.fromEntries(own), renamed) as Members), ...scalars, ...problems };
  const members = share('schemas', [...membersOf(schemas as never)]);
  document.components = { ...document.components, schemas: { ...schemas, ...members } as never };
}

/**
 * Says of the objects in requests that unknown members are refused. Objects that only answers have stay open: they may
 * get further members in later versions.
 */
export function closeRequestSchemas(document: OpenAPIObject): void {
  const schemas = document.components?.schemas ?? {};
  const reached = new Set<string>();
  const waiting = [...referencesIn(bodiesOf(document))];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue;
    reached.add(name);
    const schema = schemas[name];
    waiting.push(...referencesIn(schema));
    if (schema !== undefined && 'properties' in schema) schema.additionalProperties = false;
  }
}
