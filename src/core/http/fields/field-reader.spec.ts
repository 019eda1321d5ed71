import { describe, expect, it } from '@jest/globals';
import { plainToInstance, Type as TransformTo } from 'class-transformer';
import { IsOptional, IsString, MinLength, ValidateNested, validateSync } from 'class-validator';
import fc from 'fast-check';
import type { Type } from '@nestjs/common';
import type { FieldErrorJson } from '@sealpost/protocol';
import { InputError } from '../input-error.js';
import { StrictValidationPipe } from '../validation.pipe.js';
import { scalarField } from './field.js';
import {
  ArrayField,
  base64Url,
  Base64UrlField,
  BooleanField,
  EnumField,
  IntegerField,
  IntegerParameter,
  ObjectField,
  TextField,
  UuidField,
  uuid,
} from './index.js';

const D = { description: 'A member.' };
const ID = '01890a5d-ac96-774b-bcce-b302099a8057';

class Part {
  @UuidField(D) readonly userId!: string;
  @IntegerField({ ...D, min: 1, max: 9 }) readonly version!: number;
}

class Base {
  @BooleanField(D) readonly flag!: boolean;
}

class Whole extends Base {
  @Base64UrlField({ ...D, minLength: 1, maxLength: 8 }) readonly key!: Uint8Array;
  @EnumField({ ...D, values: ['a', 'b'] }) readonly kind!: string;
  @ArrayField(() => Part, { ...D, minItems: 1, maxItems: 2 }) readonly parts!: readonly Part[];
  @ArrayField(uuid(), { ...D, minItems: 0, maxItems: 3, unique: true }) readonly ids!: readonly string[];
  @ArrayField(base64Url({ length: 2 }), { ...D, minItems: 0, maxItems: 3 }) readonly keys!: readonly Uint8Array[];
  @TextField({ ...D, min: 1, max: 5, optional: true }) readonly name?: string;
  @ObjectField(() => Part, { ...D, optional: true }) readonly extra?: Part;
  @IntegerParameter({ ...D, min: 1, max: 100, default: 50, optional: true }) readonly limit: number = 50;
}

const pipe = new StrictValidationPipe();

function read<T extends object>(metatype: Type<T>, value: unknown): T {
  return pipe.transform(value, { type: 'body', metatype }) as T;
}

function findings(metatype: Type<object>, value: unknown): readonly FieldErrorJson[] {
  try {
    read(metatype, value);
  } catch (error) {
    if (error instanceof InputError) return error.findings;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The instance that class-transformer and class-validator make of the same declarations, or null. */
function readByClassValidator(value: object): object | null {
  const instance = plainToInstance(Whole, value);
  const options = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };
  return validateSync(instance, options).length === 0 ? instance : null;
}

function readOrNull(value: object): object | null {
  try {
    return read(Whole, value);
  } catch {
    return null;
  }
}

const anyPart = fc.record({ userId: fc.constant(ID), version: fc.integer({ min: 1, max: 9 }) });
const bytes = (text: string): fc.Arbitrary<string> => fc.constant(text);
const whole = fc.record(
  {
    flag: fc.boolean(),
    key: fc.constantFrom('AQ', 'AQID', 'AQIDBAUGBwg'),
    kind: fc.constantFrom('a', 'b'),
    parts: fc.array(anyPart, { minLength: 1, maxLength: 2 }),
    ids: fc.subarray([ID, ID.replace('01', '02')]),
    keys: fc.array(bytes('AQI'), { maxLength: 3 }),
    name: fc.constantFrom('a', 'Ada', 'Zoë 1'),
    extra: anyPart,
    limit: fc.constantFrom('1', '100'),
  },
  { requiredKeys: ['flag', 'key', 'kind', 'parts', 'ids', 'keys'] },
);
const odd = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom('', 'AR', 'AQ==', ID, 0, 1.5, '01', [], [[]], [null], [ID, ID], {}, { userId: ID }, [{ version: 1 }]),
);

/** A value that holds, with one member replaced, removed or added somewhere. */
const disturbed = fc
  .tuple(
    whole,
    fc.constantFrom(...Object.keys(new Whole()), 'parts', 'ids', 'extra', 'stranger', 'key'),
    fc.option(odd),
  )
  .map(([value, name, replacement]) => {
    const others = Object.entries(value).filter(([key]) => key !== name);
    return Object.fromEntries(replacement === null ? others : [...others, [name, replacement]]);
  });

describe('The reader of a class of fields', () => {
  it('the reader of a class of fields makes the instance that class-transformer makes of the declarations', () => {
    fc.assert(
      fc.property(whole, (value) => {
        expect(read(Whole, value)).toBeInstanceOf(Whole);
        expect(read(Whole, value)).toEqual(readByClassValidator(value));
      }),
    );
  });

  it('the reader of a class of fields accepts and refuses what class-validator does by the declarations', () => {
    fc.assert(
      fc.property(disturbed, (value) => {
        expect(readOrNull(value)).toEqual(readByClassValidator(value));
      }),
      { numRuns: 1000 },
    );
  });

  it('the reader of a class of fields keeps what stands in the class for an absent member', () => {
    const [value] = fc.sample(whole, 1);
    const { limit } = read(Whole, { ...value, limit: undefined });
    expect({ limit }).toMatchObject({ limit: 50 });
  });
});

class List {
  @ArrayField(() => Part, { ...D, minItems: 1, maxItems: 9 }) readonly items!: readonly Part[];
}

class Many {
  @ArrayField(() => List, { ...D, minItems: 1, maxItems: 1000 }) readonly lists!: readonly List[];
}

let looks = 0;
const COUNTED = {
  name: 'counted',
  schema: { type: 'string' },
  check: () => {
    looks += 1;
    return 'must be something else';
  },
} as const;

class Counted {
  @scalarField(COUNTED, D) readonly counted!: string;
}

class Counting {
  @ArrayField(() => Counted, { ...D, minItems: 1, maxItems: 1000 }) readonly items!: readonly Counted[];
}

const part = { userId: ID, version: 1 };
/** Lists of good parts, and one that is not. */
const lists = (length: number, at: number, wrong: unknown) =>
  Array.from({ length }, (_, index) => (index === at ? wrong : { items: [part, part] }));

describe('Errors in a large body', () => {
  it('what is wrong with a large body is found among many parts that are right', () => {
    expect(read(Many, { lists: lists(1000, -1, null) }).lists[999]!.items[1]).toBeInstanceOf(Part);
    const wrong = { items: [part, { ...part, version: 0, more: {} }] };
    expect(new Set(findings(Many, { lists: lists(1000, 999, wrong) }))).toEqual(
      new Set([
        { pointer: '/lists/999/items/1/version', detail: 'must be between 1 and 9' },
        { pointer: '/lists/999/items/1/more', detail: 'is not a known member' },
      ]),
    );
    expect(findings(Many, { lists: lists(1000, 500, 7) })).toEqual([
      { pointer: '/lists/500', detail: 'must be an object' },
    ]);
    expect(findings(Many, { lists: lists(1000, 500, {}) })).toEqual([
      { pointer: '/lists/500/items', detail: 'is required' },
    ]);
  });

  it('what is wrong with a large body is reported from the beginning, until there is enough', () => {
    const wrong = { userId: [[ID]], version: { 1: 1 }, a: [], b: {}, c: 1 };
    const found = findings(Many, {
      lists: Array.from({ length: 1000 }, () => ({ items: Array.from({ length: 9 }, () => wrong) })),
    });
    expect(found).toHaveLength(20);
    expect(new Set(found.slice(0, 5).map(({ pointer }) => pointer))).toEqual(
      new Set(['userId', 'version', 'a', 'b', 'c'].map((name) => `/lists/0/items/0/${name}`)),
    );
  });

  it('what is wrong with a large body is looked for no further than it is reported', () => {
    looks = 0;
    const items = Array.from({ length: 1000 }, () => ({ counted: 'wrong' }));
    expect(findings(Counting, { items })).toHaveLength(20);
    expect(looks).toBeLessThan(200);
  });

  it('what is wrong with a large body does not lie in a list that is too long, but in its length', () => {
    expect(findings(Many, { lists: Array.from({ length: 1001 }, () => ({ items: 1 })) })).toEqual([
      { pointer: '/lists', detail: 'must have 1 to 1000 items' },
    ]);
  });

  it('what is wrong with a large body may be unknown members, however many and whatever is in them', () => {
    const strangers = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, [{ deep: [1] }]]));
    const found = findings(List, { items: [part], ...strangers });
    expect(found).toHaveLength(20);
    expect(found[19]).toEqual({ pointer: '/x19', detail: 'is not a known member' });
  });
});

class Foreign {
  @IsOptional() @IsString() readonly note?: string;
}

class Mixed {
  @TextField({ ...D, min: 1, max: 9 }) @MinLength(3, { message: 'must not be that short' }) readonly name!: string;
  @Base64UrlField({ ...D, length: 2 }) readonly key!: Uint8Array;
  @IsString({ message: 'must be text' }) readonly text!: string;
  @ObjectField(() => Foreign, D) readonly foreign!: Foreign;
  @ArrayField(() => Foreign, { ...D, minItems: 0, maxItems: 3 }) readonly more!: readonly Foreign[];
}

class Around {
  @ValidateNested() @TransformTo(() => Part) readonly part!: Part;
}

class Nickname {
  @TextField({ ...D, min: 1, max: 9, optional: true })
  @MinLength(3, { message: 'must not be that short' })
  readonly nickname?: string;
}

class Holder {
  @ObjectField(() => Part, D) readonly part!: Part;
  @Base64UrlField({ ...D, length: 2 }) readonly key!: Uint8Array;
}

class AroundHolder {
  @ValidateNested() @TransformTo(() => Holder) readonly holder!: Holder;
}

describe('A class with decorators of both kinds', () => {
  const mixed = { name: 'Ada', key: 'AQI', text: 'text', foreign: { note: 'text' }, more: [{ note: 'text' }, {}] };

  it('a class with decorators of both kinds is read as if all were fields', () => {
    expect(read(Mixed, mixed)).toBeInstanceOf(Mixed);
    expect(read(Mixed, mixed)).toMatchObject({ ...mixed, key: new Uint8Array([1, 2]) });
    expect(read(Mixed, mixed).foreign).toBeInstanceOf(Foreign);
  });

  it('a class with decorators of both kinds is refused with the place and the sentence of each', () => {
    expect(
      findings(Mixed, { ...mixed, name: 'A', key: 'A', text: 1, other: 1, more: [{ note: 1 }, { odd: 1 }] }),
    ).toEqual([
      { pointer: '/other', detail: 'is not a known member' },
      { pointer: '/key', detail: 'must be base64url of a possible length' },
      { pointer: '/more/0/note', detail: 'note must be a string' },
      { pointer: '/more/1/odd', detail: 'is not a known member' },
      { pointer: '/name', detail: 'must not be that short' },
      { pointer: '/text', detail: 'must be text' },
    ]);
    expect(findings(Mixed, { ...mixed, name: '', foreign: null })).toEqual([
      { pointer: '/name', detail: 'must have 1 to 9 characters' },
      { pointer: '/foreign', detail: 'must not be null; an absent member is omitted' },
      { pointer: '/name', detail: 'must not be that short' },
    ]);
  });

  it('a class with decorators of both kinds may leave an optional member out, whatever else is declared of it', () => {
    expect(read(Nickname, {})).toBeInstanceOf(Nickname);
    expect(findings(Nickname, { nickname: 'A' })).toEqual([{ pointer: '/nickname', detail: 'must not be that short' }]);
  });

  it('a class with decorators of both kinds may hold a class that holds one of fields, of which nothing wrong gets lost', () => {
    const holder = { part, key: 'AQI' };
    expect(read(AroundHolder, { holder }).holder).toMatchObject({
      part: expect.any(Part),
      key: new Uint8Array([1, 2]),
    });
    expect(findings(AroundHolder, { holder: { ...holder, part: { ...part, odd: 1 } } })).toEqual([
      { pointer: '/holder/part', detail: 'is not a known member' },
    ]);
  });

  it('a class with decorators of both kinds may hold a class of fields under the decorators of class-validator and class-transformer', () => {
    expect(read(Around, { part }).part).toBeInstanceOf(Part);
    expect(findings(Around, { part: { userId: ID, version: 0, odd: 1 } })).toEqual([
      { pointer: '/part/odd', detail: 'is not a known member' },
      { pointer: '/part/version', detail: 'must be between 1 and 9' },
    ]);
  });
});
