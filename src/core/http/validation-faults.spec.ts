import { describe, expect, it } from '@jest/globals';
import { IsOptional, IsString } from 'class-validator';
import type { Type } from '@nestjs/common';
import type { FieldErrorJson } from '@sealpost/protocol';
import { scalarField } from './fields/field.js';
import { ArrayField, IntegerField, ObjectField, UuidField } from './fields/index.js';
import { InputError } from './input-error.js';
import { StrictValidationPipe } from './validation.pipe.js';

const ID = '01890a5d-ac96-774b-bcce-b302099a8057';
const DESCRIBED = { description: 'A member.' };

class Part {
  @UuidField(DESCRIBED) readonly userId!: string;
  @IntegerField({ ...DESCRIBED, min: 1, max: 9 }) readonly version!: number;
}

class List {
  @ArrayField(() => Part, { ...DESCRIBED, minItems: 1, maxItems: 9 }) readonly items!: readonly Part[];
}

class Many {
  @ArrayField(() => List, { ...DESCRIBED, minItems: 1, maxItems: 1000 }) readonly lists!: readonly List[];
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
  @scalarField(COUNTED, DESCRIBED) readonly counted!: string;
}

class Counting {
  @ArrayField(() => Counted, { ...DESCRIBED, minItems: 1, maxItems: 1000 }) readonly items!: readonly Counted[];
}

class Foreign {
  @IsOptional() @IsString() readonly note?: string;
}

class Mixed {
  @UuidField(DESCRIBED) readonly id!: string;
  @ObjectField(() => Foreign, DESCRIBED) readonly foreign!: Foreign;
  @ArrayField(() => Foreign, { ...DESCRIBED, minItems: 0, maxItems: 3 }) readonly more!: readonly Foreign[];
}

const part = { userId: ID, version: 1 };
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

/** Lists of good parts, and one that is not. */
const lists = (length: number, at: number, wrong: unknown) =>
  Array.from({ length }, (_, index) => (index === at ? wrong : { items: [part, part] }));

describe('what is wrong with a large body', () => {
  it('is found among many parts that are right', () => {
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

  it('is reported from the beginning, until there is enough', () => {
    const wrong = { userId: [[ID]], version: { 1: 1 }, a: [], b: {}, c: 1 };
    const found = findings(Many, {
      lists: Array.from({ length: 1000 }, () => ({ items: Array.from({ length: 9 }, () => wrong) })),
    });
    expect(found).toHaveLength(20);
    expect(new Set(found.slice(0, 5).map(({ pointer }) => pointer))).toEqual(
      new Set(['userId', 'version', 'a', 'b', 'c'].map((name) => `/lists/0/items/0/${name}`)),
    );
  });

  it('is looked for no further than it is reported', () => {
    looks = 0;
    const items = Array.from({ length: 1000 }, () => ({ counted: 'wrong' }));
    expect(findings(Counting, { items })).toHaveLength(20);
    expect(looks).toBeLessThan(200);
  });

  it('does not lie in a list that is too long, but in its length', () => {
    expect(findings(Many, { lists: Array.from({ length: 1001 }, () => ({ items: 1 })) })).toEqual([
      { pointer: '/lists', detail: 'must have 1 to 1000 items' },
    ]);
  });

  it('may be unknown members, however many and whatever is in them', () => {
    const strangers = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`x${index}`, [{ deep: [1] }]]));
    const found = findings(List, { items: [part], ...strangers });
    expect(found).toHaveLength(20);
    expect(found[19]).toEqual({ pointer: '/x19', detail: 'is not a known member' });
  });
});

describe('a body with parts that have checks of their own', () => {
  const mixed = { id: ID, foreign: { note: 'text' }, more: [{ note: 'text' }, {}] };

  it('is checked by class-validator as a whole', () => {
    expect(read(Mixed, mixed)).toMatchObject(mixed);
    expect(findings(Mixed, { ...mixed, foreign: { note: 1 } })[0]).toMatchObject({ pointer: '/foreign/note' });
    expect(findings(Mixed, { ...mixed, more: [{ note: 'text' }, { note: [] }] })[0]).toMatchObject({
      pointer: '/more/1/note',
    });
    expect(findings(Mixed, { ...mixed, id: 'x', more: [{ note: 1 }] })[0]).toMatchObject({ pointer: '/id' });
  });
});
