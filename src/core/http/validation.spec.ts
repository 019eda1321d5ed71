import { describe, expect, it } from '@jest/globals';
import type { FieldErrorJson } from '@sealpost/protocol';
import {
  ArrayField,
  base64Url,
  Base64UrlField,
  BooleanField,
  EnumField,
  IntegerField,
  IntegerParameter,
  LoginIdField,
  ObjectField,
  TextField,
  UuidField,
  uuid,
} from './fields/index.js';
import { InputError } from './input-error.js';
import { parseJsonBody } from './json/json-body.js';
import { StrictValidationPipe } from './validation.pipe.js';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const DESCRIBED = { description: 'A member.' };

class Part {
  @UuidField(DESCRIBED) readonly userId!: string;
  @IntegerField({ ...DESCRIBED, min: 1, max: 9 }) readonly version!: number;
}

class Whole {
  @UuidField({ ...DESCRIBED, version: '4|7' }) readonly id!: string;
  @LoginIdField(DESCRIBED) readonly loginId!: string;
  @Base64UrlField({ ...DESCRIBED, length: 4 }) readonly key!: Uint8Array;
  @EnumField({ ...DESCRIBED, values: ['a', 'b'] }) readonly kind!: string;
  @BooleanField(DESCRIBED) readonly flag!: boolean;
  @ObjectField(() => Part, DESCRIBED) readonly part!: Part;
  @ArrayField(() => Part, { ...DESCRIBED, minItems: 1, maxItems: 3 }) readonly parts!: readonly Part[];
  @ArrayField(uuid(), { ...DESCRIBED, minItems: 0, maxItems: 3, unique: true }) readonly ids!: readonly string[];
  @ArrayField(base64Url({ length: 4 }), { ...DESCRIBED, minItems: 0, maxItems: 3 })
  readonly keys!: readonly Uint8Array[];
  @TextField({ ...DESCRIBED, min: 1, max: 5, optional: true }) readonly name?: string;
  @ObjectField(() => Part, { ...DESCRIBED, optional: true }) readonly extra?: Part;
}

class Query {
  @IntegerParameter({ ...DESCRIBED, min: 1, max: 100, default: 50, optional: true }) readonly limit: number = 50;
  @UuidField({ ...DESCRIBED, optional: true }) readonly id?: string;
}

const part = { userId: ID, version: 1 };
const whole = {
  id: '5b2f8c0e-7d1a-4c3b-9e4f-0a1b2c3d4e5f',
  loginId: 'alice@example.org',
  key: 'AAECAw',
  kind: 'a',
  flag: true,
  part,
  parts: [part, part],
  ids: [ID],
  keys: ['AAECAw', 'BAUGBw'],
};

function without(name: string): object {
  return Object.fromEntries(Object.entries(whole).filter(([member]) => member !== name));
}

const pipe = new StrictValidationPipe();

function read(value: unknown): Whole {
  return pipe.transform(value, { type: 'body', metatype: Whole }) as Whole;
}

function findings(act: () => unknown): readonly FieldErrorJson[] {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError) return error.findings;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('reading a body', () => {
  it('reading a body yields an instance with bytes decoded at every level', () => {
    const body = read(whole);
    expect(body).toBeInstanceOf(Whole);
    expect(body.key).toEqual(new Uint8Array([0, 1, 2, 3]));
    expect(body.keys).toEqual([new Uint8Array([0, 1, 2, 3]), new Uint8Array([4, 5, 6, 7])]);
    expect(body.parts[1]).toBeInstanceOf(Part);
    expect(body.name).toBeUndefined();
  });

  it.each([undefined, null, [], 'text', 1, true])(
    'reading a body refuses %j instead of an object, at the root',
    (value) => {
      expect(findings(() => read(value))).toEqual([{ pointer: '', detail: expect.any(String) }]);
    },
  );

  it('reading a body reports everything that is wrong at once, each with its place', () => {
    const body = {
      ...without('key'),
      kind: 'c',
      part: { userId: 'x' },
      parts: [part, { ...part, version: 10 }],
      other: 1,
    };
    expect(findings(() => read(body))).toEqual(
      expect.arrayContaining([
        { pointer: '/key', detail: 'is required' },
        { pointer: '/kind', detail: 'must be one of "a", "b"' },
        { pointer: '/part/userId', detail: 'must be a lower-case UUID of version 7' },
        { pointer: '/part/version', detail: 'is required' },
        { pointer: '/parts/1/version', detail: 'must be between 1 and 9' },
        { pointer: '/other', detail: 'is not a known member' },
      ]),
    );
  });

  it.each(Object.keys(whole))('reading a body refuses null and absence of the member %s', (name) => {
    expect(findings(() => read(without(name)))).toEqual([{ pointer: `/${name}`, detail: 'is required' }]);
    expect(findings(() => read({ ...whole, [name]: null }))).toEqual([
      { pointer: `/${name}`, detail: 'must not be null; an absent member is omitted' },
    ]);
  });

  it.each(['name', 'extra'])('reading a body lets the optional member %s be absent, but not null', (name) => {
    expect(findings(() => read({ ...whole, [name]: null }))[0]).toMatchObject({ pointer: `/${name}` });
  });

  const strangers: readonly unknown[] = ['text', 1, 1.5, true, {}, [], [[]], [{}], { length: 1, 0: part }, { then: 1 }];
  it.each(Object.keys(whole).flatMap((name) => strangers.map((stranger) => [name, stranger] as const)))(
    'reading a body never takes a value of another type for %s: %j',
    (name, stranger) => {
      const allowed =
        (name === 'flag' && stranger === true) ||
        (name === 'loginId' && stranger === 'text') ||
        (['ids', 'keys'].includes(name) && isEmptyList(stranger));
      const attempt = () => read({ ...whole, [name]: stranger });
      if (allowed) expect(attempt()).toBeInstanceOf(Whole);
      else for (const { pointer } of findings(attempt)) expect(pointer).toMatch(new RegExp(`^/${name}(/|$)`));
    },
  );

  it('reading a body does not walk into lists within a list of objects', () => {
    expect(findings(() => read({ ...whole, parts: [[part]] }))).toEqual([
      { pointer: '/parts/0', detail: 'must be an object' },
    ]);
  });

  it('reading a body points to the items of a list of scalars, also to a repeated one', () => {
    expect(findings(() => read({ ...whole, ids: [ID, 'x', ID] }))).toEqual([
      { pointer: '/ids/1', detail: 'must be a lower-case UUID of version 7' },
      { pointer: '/ids/2', detail: 'must not repeat an earlier item' },
    ]);
    expect(findings(() => read({ ...whole, keys: ['AAECAw', null] }))[0]).toMatchObject({ pointer: '/keys/1' });
  });

  it('reading a body refuses too few and too many items', () => {
    expect(findings(() => read({ ...whole, parts: [] }))).toEqual([
      { pointer: '/parts', detail: 'must have 1 to 3 items' },
    ]);
    expect(findings(() => read({ ...whole, ids: Array(100_000).fill(ID) }))).toHaveLength(1);
  });

  it.each([
    ['AAECAw==', 'without padding'],
    ['AAEC Aw', 'without whitespace'],
    ['AAECAw\n', 'without whitespace'],
    ['++//AA', 'base64url alphabet'],
    ['AAECA', 'possible length'],
    ['AAECAx', 'trailing bits must be zero'],
    ['AAEC', 'exactly 4 bytes, not 3'],
    ['AAECAwQ', 'exactly 4 bytes'],
    ['', 'exactly 4 bytes, not 0'],
    ['ÄÄÄÄÄÄ', 'base64url alphabet'],
  ])('reading a body refuses %j as four bytes and says why', (key, why) => {
    const [finding] = findings(() => read({ ...whole, key }));
    expect(finding).toEqual({ pointer: '/key', detail: expect.stringContaining(why) });
  });

  it.each([
    ID.toUpperCase(),
    ` ${ID}`,
    `{${ID}}`,
    ID.replaceAll('-', ''),
    ID.replace('-7', '-1'),
    ID.replace('-b', '-7'),
  ])('reading a body refuses %j as a UUID', (id) => {
    expect(findings(() => read({ ...whole, id }))).toHaveLength(1);
  });

  it.each(['al', 'Alice@example.org', ' alice', 'älice', 'a'.repeat(255), 'alice\n'])(
    'reading a body refuses %j as a loginId',
    (loginId) => {
      expect(findings(() => read({ ...whole, loginId }))).toHaveLength(1);
    },
  );

  it.each(['', 'sixsix', 'a\u0007', 'a\u202eb', 'a\u2028b'])(
    'reading a body refuses %j as a short printable text',
    (name) => {
      expect(findings(() => read({ ...whole, name }))).toHaveLength(1);
    },
  );

  it('reading a body counts characters of a text, not UTF-16 units', () => {
    expect(read({ ...whole, name: '😀😀😀😀😀' }).name).toHaveLength(10);
  });

  it('reading a body refuses the same spellings of long bytes as of short ones', () => {
    const { decode } = base64Url({ minLength: 0, maxLength: 4000 });
    const long = 'A'.repeat(2000);
    expect(decode?.(long)).toEqual(new Uint8Array(1500));
    for (const spelling of [
      `${long}=`,
      `${long}A`,
      `${long}AB`,
      `${long} AA`,
      `${long}+/AA`,
      `${long}AA==`,
      `${long}Ä`,
    ]) {
      expect(decode?.(spelling)).toBe(spelling);
    }
  });

  it.each(['a/b', 'm~n', '$value', '$property'])(
    'reading a body escapes the unknown name %s in the pointer',
    (name) => {
      const pointer = `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
      expect(findings(() => read({ ...whole, [name]: 1 }))).toEqual([{ pointer, detail: 'is not a known member' }]);
    },
  );

  it('reading a body reports a limited number of findings', () => {
    const unknown = Object.fromEntries(Array.from({ length: 1000 }, (_, n) => [`unknown${n}`, n]));
    expect(findings(() => read({ ...whole, ...unknown })).length).toBeLessThanOrEqual(20);
  });

  it('reading a body leaves no way past the check for names of Object.prototype', () => {
    const text = JSON.stringify(whole).replace('{', '{"__proto__":{"flag":1},');
    expect(() => read(parseJsonBody(Buffer.from(text)))).toThrow(InputError);
    for (const name of ['hasOwnProperty', 'constructor', 'valueOf']) {
      const body = JSON.stringify({ ...whole, part: { ...part, [name]: 1 } });
      expect(findings(() => read(parseJsonBody(Buffer.from(body))))).toEqual([
        { pointer: `/part/${name}`, detail: 'is not a known member' },
      ]);
    }
  });
});

describe('reading a query', () => {
  const query = (value: unknown) => pipe.transform(value, { type: 'query', metatype: Query }) as Query;

  it('reading a query takes canonical decimal integers and the default of what is absent', () => {
    expect(query({ limit: '7' }).limit).toBe(7);
    expect(query({}).limit).toBe(50);
  });

  it.each(['0', '101', '07', '+7', '-7', '7.0', '1e1', '0x7', ' 7', '', 'seven', '99999999999999999999', '٧'])(
    'reading a query refuses the limit %j and names the parameter',
    (limit) => {
      expect(findings(() => query({ limit }))).toEqual([
        { parameter: 'limit', detail: expect.stringMatching(/^must be/) },
      ]);
    },
  );

  it('reading a query refuses parameters that it does not know', () => {
    expect(findings(() => query({ limits: '7' }))).toEqual([
      { parameter: 'limits', detail: 'is not a known parameter' },
    ]);
  });
});

function isEmptyList(value: unknown): boolean {
  return Array.isArray(value) && value.length === 0;
}
