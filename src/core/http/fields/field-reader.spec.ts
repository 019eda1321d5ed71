import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { IsOptional, validateSync } from 'class-validator';
import fc from 'fast-check';
import { readerOf, REFUSED } from './field-reader.js';
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

class Foreign extends Base {
  @IsOptional() readonly other?: string;
}

/** The instance that class-transformer and class-validator make, or REFUSED. */
function readSlowly(value: object): unknown {
  const instance = plainToInstance(Whole, value);
  const options = { whitelist: true, forbidNonWhitelisted: true, forbidUnknownValues: true };
  return validateSync(instance, options).length === 0 ? instance : REFUSED;
}

const part = fc.record({ userId: fc.constant(ID), version: fc.integer({ min: 1, max: 9 }) });
const bytes = (text: string): fc.Arbitrary<string> => fc.constant(text);
const whole = fc.record(
  {
    flag: fc.boolean(),
    key: fc.constantFrom('AQ', 'AQID', 'AQIDBAUGBwg'),
    kind: fc.constantFrom('a', 'b'),
    parts: fc.array(part, { minLength: 1, maxLength: 2 }),
    ids: fc.subarray([ID, ID.replace('01', '02')]),
    keys: fc.array(bytes('AQI'), { maxLength: 3 }),
    name: fc.constantFrom('a', 'Ada', 'Zoë 1'),
    extra: part,
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
  it('makes what class-validator accepts, as class-transformer makes it', () => {
    fc.assert(
      fc.property(whole, (value) => {
        const read = readerOf(Whole)?.(value);
        expect(read).toBeInstanceOf(Whole);
        expect(read).toEqual(readSlowly(value));
      }),
    );
  });

  it('accepts and refuses exactly what class-validator does', () => {
    fc.assert(
      fc.property(disturbed, (value) => {
        expect(readerOf(Whole)?.(value)).toEqual(readSlowly(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps what stands in the class for an absent member', () => {
    const [value] = fc.sample(
      whole.filter((candidate) => candidate.limit === undefined),
      1,
    );
    expect(readerOf(Whole)?.(value ?? {})).toMatchObject({ limit: 50 });
  });

  it('is not there for a class with checks that are not of a field decorator', () => {
    expect(readerOf(Foreign)).toBeNull();
    expect(readerOf(Base)).not.toBeNull();
  });
});
