import type { ApiDocument, Schema } from './openapi.js';
import { resolveSchema } from './openapi.js';

/** A body that must be refused, and the place that the answer must point to. */
export interface BadBody {
  readonly what: string;
  readonly body: string | Uint8Array;
  readonly pointer: string;
}

/** JSON text that JSON.stringify would not write, in place of a value. */
class RawJson {
  constructor(readonly text: string) {}
}

const LONGEST_TRIED = 500_000;

/** Every way in which the members of a valid body can be wrong, at every level. */
export function badBodies(document: ApiDocument, reference: Schema, example: unknown): BadBody[] {
  const inBody = (bad: BadValue): BadBody => ({ what: bad.what, body: write(bad.value), pointer: bad.pointer });
  return [...badMembers(document, reference, example)].map(inBody);
}

interface BadValue {
  readonly what: string;
  readonly value: unknown;
  readonly pointer: string;
}

function* badMembers(document: ApiDocument, reference: Schema, example: unknown): Generator<BadValue> {
  const schema = resolveSchema(document, reference);
  if (schema.properties !== undefined && isObject(example)) yield* badObject(document, schema, example);
  else if (schema.type === 'array' && Array.isArray(example)) yield* badList(document, schema, example as unknown[]);
}

function* badObject(document: ApiDocument, schema: Schema, example: Record<string, unknown>): Generator<BadValue> {
  for (const name of ['unexpectedMember', '__proto__', 'constructor', 'hasOwnProperty', 'length']) {
    const value = { ...example, ['@raw']: new RawJson(`${JSON.stringify(name)}:{"a":1}`) };
    yield { what: `unknown member ${name}`, value, pointer: `/${name}` };
  }
  for (const name of schema.required ?? []) {
    const value = Object.fromEntries(Object.entries(example).filter(([member]) => member !== name));
    yield { what: `without ${name}`, value, pointer: `/${name}` };
  }
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    const pointer = `/${name}`;
    const replace = (value: unknown): unknown => ({ ...example, [name]: value });
    const twice = new RawJson(`${JSON.stringify(name)}:${JSON.stringify(example[name])}`);
    yield { what: `${name} twice`, value: { ...example, ['@raw']: twice }, pointer };
    for (const bad of badValuesOf(document, member, example[name])) {
      yield { what: `${name}: ${bad.what}`, value: replace(bad.value), pointer: pointer + bad.pointer };
    }
  }
}

function* badList(document: ApiDocument, schema: Schema, example: readonly unknown[]): Generator<BadValue> {
  const { items = {}, minItems = 0, maxItems } = schema;
  const item = example[0];
  if (minItems > 0) yield { what: 'too few items', value: example.slice(0, minItems - 1), pointer: '' };
  if (maxItems !== undefined) {
    yield { what: 'too many items', value: Array.from({ length: maxItems + 1 }, () => item), pointer: '' };
  }
  for (const bad of badValuesOf(document, items, item)) {
    yield { what: `item: ${bad.what}`, value: [bad.value, ...example.slice(1)], pointer: `/0${bad.pointer}` };
  }
}

/** Wrong values of one member: null, other types, out of range, badly encoded; and what is wrong inside of it. */
function* badValuesOf(document: ApiDocument, reference: Schema, example: unknown): Generator<BadValue> {
  const schema = resolveSchema(document, reference);
  const type = schema.properties === undefined ? schema.type : 'object';
  const strangers: readonly unknown[] = [null, true, 1, 'text', [], [[]], {}, { length: 1 }];
  for (const value of strangers) {
    if (typeOf(value) !== type) yield { what: `instead ${JSON.stringify(value)}`, value, pointer: '' };
  }
  if (type === 'string') yield* badTexts(schema, String(example));
  if (type === 'integer') yield* badIntegers(schema);
  yield* badMembers(document, schema, example);
}

function* badTexts(schema: Schema, example: string): Generator<BadValue> {
  const bad = (what: string, value: unknown): BadValue => ({ what, value, pointer: '' });
  yield bad('U+0000', new RawJson(JSON.stringify(`${example}\0`)));
  yield bad('a lone high surrogate', new RawJson(`"${example}\\ud83d"`));
  yield bad('a lone low surrogate', new RawJson(`"\\ude00${example}"`));
  const { minLength = 0, maxLength, format, contentEncoding, pattern = '' } = schema;
  for (const text of [`Ä${example.slice(1)}`, ` ${example.slice(1)}`, example.toUpperCase()]) {
    if (!new RegExp(pattern).test(text)) yield bad('against the pattern', text);
  }
  if (minLength > 0) yield bad('too short', example.slice(0, minLength - 1));
  if (maxLength !== undefined && maxLength < LONGEST_TRIED) {
    yield bad('too long', example.repeat(Math.ceil((maxLength + 4) / example.length)).slice(0, maxLength + 4));
  }
  if (schema.enum !== undefined) yield bad('not in the list', 'no-such-value');
  if (contentEncoding === 'base64url') for (const [what, value] of badBase64Url(example)) yield bad(what, value);
  if (format === 'uuid') for (const [what, value] of badUuids(example)) yield bad(what, value);
}

export function* badBase64Url(example: string): Generator<[what: string, value: string]> {
  yield ['padding', `${example}=`];
  yield ['the standard alphabet', `+/${example.slice(2)}`];
  yield ['white space', `${example.slice(0, 1)} ${example.slice(2)}`];
  yield ['a line break', `${example}\n`];
  yield ['an impossible length', `${example.slice(0, example.length - (example.length % 4))}A`];
  const rest = example.length % 4;
  // The last character then has unused bits, which a B does not leave zero.
  if (rest === 2 || rest === 3) yield ['non-zero trailing bits', `${example.slice(0, -1)}B`];
}

export function* badUuids(example: string): Generator<[what: string, value: string]> {
  yield ['upper case', example.toUpperCase().replace(/^[0-9]{8}/, 'ABCDEF01')];
  yield ['without hyphens', example.replaceAll('-', '')];
  yield ['in braces', `{${example}}`];
  yield ['version 1', `${example.slice(0, 14)}1${example.slice(15)}`];
  yield ['another variant', `${example.slice(0, 19)}7${example.slice(20)}`];
  yield ['a space', `${example} `];
}

function* badIntegers({ minimum, maximum, enum: allowed }: Schema): Generator<BadValue> {
  const bad = (value: unknown): BadValue => ({
    what: value instanceof RawJson ? value.text : JSON.stringify(value),
    value,
    pointer: '',
  });
  yield bad('1');
  yield bad(1.5);
  yield bad(new RawJson('1e999'));
  yield bad(new RawJson('9007199254740993'));
  yield bad(new RawJson('-1e400'));
  if (minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER) yield bad(minimum - 1);
  if (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER) yield bad(maximum + 1);
  if (allowed !== undefined) yield bad(Math.max(...allowed.map(Number)) + 1000);
}

/** Bodies that are not JSON objects of the API at all. */
export function badDocuments(example: unknown): BadBody[] {
  const json = JSON.stringify(example);
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
  return [
    { what: 'nothing', body: '', pointer: '' },
    { what: 'null', body: 'null', pointer: '' },
    { what: 'a list', body: `[${json}]`, pointer: '' },
    { what: 'a text', body: JSON.stringify(json), pointer: '' },
    { what: 'cut off', body: json.slice(0, -1), pointer: '' },
    { what: 'followed by something', body: `${json}{}`, pointer: '' },
    { what: 'a comma too many', body: json.replace(/\}$/, ',}'), pointer: '' },
    { what: 'a byte order mark', body: `\ufeff${json}`, pointer: '' },
    { what: '33 levels', body: json.replace('{', `{"deep":${deep(32)},`), pointer: '' },
    { what: 'far more levels', body: json.replace('{', `{"deep":${deep(10_000)},`), pointer: '' },
    { what: 'bytes that are not UTF-8', body: bytes(json.replace('{', '{"a":"\xff",')), pointer: '' },
    { what: 'overlong UTF-8', body: bytes(json.replace('{', '{"a":"\xc0\x80",')), pointer: '' },
    { what: 'a surrogate in UTF-8', body: bytes(json.replace('{', '{"a":"\xed\xa0\x80",')), pointer: '' },
  ];
}

function write(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (Array.isArray(value)) return `[${value.map(write).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) =>
    name === '@raw' ? write(member) : `${JSON.stringify(name)}:${write(member)}`,
  );
  return `{${members.join()}}`;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'number' ? 'integer' : value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RawJson);
}
