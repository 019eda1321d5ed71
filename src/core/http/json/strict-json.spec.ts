import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonFault } from './json-fault.js';
import { DEEPEST_LEVEL, MOST_VALUES, parseStrictJson } from './strict-json.js';

function faultOf(text: string): JsonFault {
  try {
    parseStrictJson(text);
  } catch (error) {
    if (error instanceof JsonFault) return error;
    throw error;
  }
  throw new Error(`accepted: ${text.slice(0, 80)}`);
}

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels);
}

describe('parsing a JSON body', () => {
  it('parsing a JSON body yields what JSON.parse yields for every JSON text that JSON.stringify writes', () => {
    const wellFormed = fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed() && !text.includes('\0'));
    const name = wellFormed.filter((text) => !(text in {}) && text !== 'prototype');
    const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.float({ noNaN: true, min: -1000, max: 1000 }));
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        wellFormed,
        number,
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('value'), { maxLength: 20 }),
      object: fc.dictionary(name, tie('value'), { maxKeys: 20, noNullPrototype: true }),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
        const text = JSON.stringify(json, null, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('parsing a JSON body accepts no text that JSON.parse refuses, and shows where the syntax breaks', () => {
    const json = '{"a":[1,-2.5e3,"x\\n\\u00e4"],"b":{"c":null,"d":true}}';
    fc.assert(
      fc.property(fc.nat(json.length), fc.nat(json.length), fc.string({ maxLength: 2 }), (at, length, insert) => {
        const text = json.slice(0, at) + insert + json.slice(at + (length % 4));
        let value: unknown;
        try {
          value = JSON.parse(text);
        } catch {
          expect(faultOf(text).offset).toBeLessThanOrEqual(text.length);
          return;
        }
        try {
          expect(parseStrictJson(text)).toEqual(value);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonFault);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"a":1,"a":2}', '/a'],
    ['{"a":1,"\\u0061":2}', '/a'],
    ['{"x":[{},{"b":{"a":1,"a":1}}]}', '/x/1/b/a'],
    ['{"a/b":1,"a/b":2}', '/a~1b'],
    [`{${Array.from({ length: 40 }, (_, n) => `"k${n}":0`).join()},"k7":1}`, '/k7'],
  ])('parsing a JSON body refuses a repeated name in %s', (text, pointer) => {
    expect(faultOf(text)).toMatchObject({ pointer, detail: 'the name occurs twice in this object' });
  });

  it('parsing a JSON body lets the same name occur in different objects', () => {
    expect(parseStrictJson('[{"a":1},{"a":{"a":2}}]')).toEqual([{ a: 1 }, { a: { a: 2 } }]);
  });

  it(`parsing a JSON body takes ${DEEPEST_LEVEL} levels and refuses one more, also far more than a stack could hold`, () => {
    expect(parseStrictJson(nested(DEEPEST_LEVEL))).toBeDefined();
    expect(faultOf(nested(DEEPEST_LEVEL + 1)).detail).toContain('deeper');
    expect(faultOf('[{"a":'.repeat(100_000)).detail).toContain('deeper');
  });

  it(`parsing a JSON body takes ${MOST_VALUES} values and refuses one more, wherever they are`, () => {
    const list = (length: number) => JSON.stringify({ a: Array.from({ length }, () => 1) });
    expect(parseStrictJson(list(MOST_VALUES - 2))).toBeDefined();
    expect(faultOf(list(MOST_VALUES - 1))).toMatchObject({ pointer: `/a/${MOST_VALUES - 2}` });
    expect(faultOf(`[${'[],'.repeat(MOST_VALUES)}[]]`).detail).toBe(`has more than ${MOST_VALUES} values`);
  });

  it.each([
    ['{"a":"x\\u0000"}', '/a', 'U+0000'],
    ['["\\ud83d"]', '/0', 'lone surrogate'],
    ['["ok","\\ude00"]', '/1', 'lone surrogate'],
    ['["\\ud83d\\ud83d\\ude00"]', '/0', 'lone surrogate'],
    ['{"\\ud83d":1}', '', 'lone surrogate'],
  ])('parsing a JSON body refuses text that is not text: %s', (text, pointer, detail) => {
    expect(faultOf(text)).toMatchObject({ pointer, detail: expect.stringContaining(detail) });
  });

  it('parsing a JSON body takes a surrogate pair, escaped or not', () => {
    expect(parseStrictJson('["\\ud83d\\ude00","😀"]')).toEqual(['😀', '😀']);
  });

  it.each(['1e999', '-1e999', '9007199254740992', '12345678901234567890', '1e16', '0.12345678901234567890', '1e-400'])(
    'parsing a JSON body refuses the number %s, which a double does not hold',
    (number) => {
      expect(faultOf(`{"n":${number}}`)).toMatchObject({ pointer: '/n', detail: 'is a number that loses precision' });
    },
  );

  it.each(['0', '-0', '9007199254740991', '-9007199254740991', '0.1', '0.30000000000000004', '1.50', '1e3', '25e-1'])(
    'parsing a JSON body takes the number %s',
    (number) => {
      expect(parseStrictJson(number)).toBe(Number(number));
    },
  );

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'prototype', '\\u005f_proto__'])(
    'parsing a JSON body refuses the member name %s, which every object inherits or libraries misread',
    (name) => {
      expect(faultOf(`{"a":{"${name}":{"x":1}}}`).detail).toBe('is not a known member');
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );

  it.each([
    ['', 0],
    ['{', 1],
    ['{"a"}', 4],
    ['{"a":1,}', 7],
    ['[1,]', 3],
    ['[1 2]', 3],
    ['01', 1],
    ['+1', 0],
    ['.5', 0],
    ['NaN', 0],
    ["{'a':1}", 1],
    ['{"a":1} x', 8],
    ['"a\nb"', 2],
    ['"a\0b"', 2],
    ['"abc', 4],
    ['"\\x"', 1],
    ['"\\u12"', 1],
    ['\ufeff{}', 0],
    ['{"a":tru}', 5],
  ])('parsing a JSON body points to where %j stops being JSON', (text, offset) => {
    expect(faultOf(text).offset).toBe(offset);
  });

  it('parsing a JSON body keeps a pointer short however long the name is', () => {
    const name = '😀'.repeat(50_000);
    expect(faultOf(`{"${name}":1,"${name}":2}`).pointer.length).toBeLessThan(200);
  });

  it('parsing a JSON body reads a body of many strings in linear time', () => {
    const text = JSON.stringify(Array.from({ length: 20_000 }, (_, n) => `${n}`.padStart(200)));
    const fastest = (parse: (json: string) => unknown): number => {
      const times = Array.from({ length: 3 }, () => {
        const start = process.hrtime.bigint();
        parse(text);
        return Number(process.hrtime.bigint() - start);
      });
      return Math.min(...times);
    };
    // About 2. To look for a backslash behind each string anew would make it several hundred.
    expect(fastest(parseStrictJson) / fastest(JSON.parse)).toBeLessThan(12);
  });
});
