import type { OpenAPIObject } from '@nestjs/swagger';
import { ACCOUNT_EVENT_KINDS, DEVICE_REQUEST_STATES, MESSAGE_SUITES } from '@sealpost/protocol';

const SCHEMAS = '#/components/schemas/';

/** Lists that several schemas take their values from. */
const SHARED_ENUMS: Readonly<Record<string, readonly string[]>> = {
  AccountEventKind: ACCOUNT_EVENT_KINDS,
  DeviceRequestState: DEVICE_REQUEST_STATES,
  MessageSuite: MESSAGE_SUITES,
};

type Change = (value: Record<string, unknown>) => Record<string, unknown>;

/** A copy in which every object was changed, the innermost first. */
function changed(value: unknown, change: Change): unknown {
  if (Array.isArray(value)) return value.map((item) => changed(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return change(Object.fromEntries(Object.entries(value).map(([name, member]) => [name, changed(member, change)])));
}

/** What a list of values is called, where more than one schema has it. */
function withSharedEnums(schema: Record<string, unknown>): Record<string, unknown> {
  const values = JSON.stringify(schema['enum']);
  const found = Object.entries(SHARED_ENUMS).find(([, list]) => JSON.stringify(list) === values);
  if (found === undefined) return schema;
  const rest = Object.entries(schema).filter(([name]) => name !== 'type' && name !== 'enum');
  return { $ref: SCHEMAS + found[0], ...Object.fromEntries(rest) };
}

/**
 * `LoginDto` is the class of a body, `LoginRequest` its schema; `LoggedInView` is the class of an answer. A class of an
 * additional module keeps its own name where that is taken.
 * @param taken names that the document needs besides
 */
function namesOf({ components, paths }: OpenAPIObject, taken: readonly string[]): Map<string, string> {
  const operations = Object.values(paths).flatMap((path) => Object.values(path) as { readonly requestBody?: object }[]);
  const bodies = JSON.stringify(operations.map(({ requestBody }) => requestBody ?? null));
  const names = new Map<string, string>();
  const used = new Set(taken);
  for (const name of Object.keys(components?.schemas ?? {})) {
    const isBody = bodies.includes(`"${SCHEMAS}${name}"`);
    const short = name.replace(/View$/, '').replace(/Dto$/, isBody ? 'Request' : '');
    const given = used.has(short) ? name : short;
    if (used.has(given))
      throw new Error(`The class ${name} needs another name: the OpenAPI document has a schema ${given}`);
    used.add(given);
    names.set(name, given);
  }
  return names;
}

/**
 * Gives schemas the names that clients are generated with, and shared lists of values one of their own.
 * @param taken names of schemas that are added later
 */
export function nameSchemas(document: OpenAPIObject, taken: readonly string[]): void {
  const names = namesOf(document, [...taken, ...Object.keys(SHARED_ENUMS)]);
  const renamed: Change = (value) => {
    const { $ref } = value;
    if (typeof $ref !== 'string' || !$ref.startsWith(SCHEMAS)) return value;
    const name = $ref.slice(SCHEMAS.length);
    return { ...value, $ref: SCHEMAS + (names.get(name) ?? name) };
  };
  const schemas = Object.entries(document.components?.schemas ?? {}).map(([name, schema]) => [
    names.get(name),
    changed(schema, (value) => withSharedEnums(renamed(value))),
  ]);
  const enums = Object.entries(SHARED_ENUMS).map(([name, values]) => [name, { type: 'string', enum: values }]);
  document.paths = changed(document.paths, renamed) as OpenAPIObject['paths'];
  document.components = { ...document.components, schemas: Object.fromEntries([...schemas, ...enums]) as never };
}
