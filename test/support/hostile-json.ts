import fc from 'fast-check';

/** Values that an honest server has nowhere, or elsewhere. */
const HOSTILE: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1,
  0.5,
  -0,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  1e308,
  8.64e15 + 1,
  '',
  ' ',
  'x',
  '\u0000\r\nx: y',
  '\ud800',
  '../../v1/account',
  'AAAA',
  'A'.repeat(50_000),
  '0190b5ea-0000-4000-8000-000000000000',
  '0190b5ea-0000-7000-8000-000000000000',
  '__proto__',
  [],
  {},
  [null],
  { __proto__: null, toString: 1 },
  Array.from({ length: 3000 }, () => ({})),
];

type Mutation =
  { readonly kind: 'replace'; readonly value: unknown } | { readonly kind: 'remove' | 'repeat' | 'nest' | 'add' };

const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE).map((value) => ({ kind: 'replace' as const, value })) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('remove', 'repeat', 'nest', 'add').map((kind) => ({ kind })),
  },
);

/** Makes the same changes in each run: `count` documents, each with one or two places that no honest one has. */
export function hostileForms(document: unknown, count: number, seed: number): readonly unknown[] {
  const places = fc.array(fc.tuple(fc.nat(), anyMutation), { minLength: 1, maxLength: 2 });
  return fc.sample(places, { numRuns: count, seed }).map((changes) => {
    let changed: unknown = structuredClone(document);
    for (const [place, mutation] of changes) changed = mutated(changed, place, mutation);
    return changed;
  });
}

function mutated(document: unknown, place: number, mutation: Mutation): unknown {
  const paths = pathsOf(document);
  const path = paths[place % paths.length] ?? [];
  const name = path.at(-1);
  if (name === undefined) return mutation.kind === 'replace' ? mutation.value : nested(document);
  const parent = path.slice(0, -1).reduce<unknown>((value, key) => (value as Members)[key], document) as Members;
  if (mutation.kind === 'replace') parent[name] = mutation.value;
  else if (mutation.kind === 'nest') parent[name] = nested(parent[name]);
  else if (mutation.kind === 'add') parent['somethingNew'] = { of: ['a', 'newer', 'server'] };
  else if (mutation.kind === 'repeat' && Array.isArray(parent)) parent.push(...(parent as unknown[]).slice());
  else if (Array.isArray(parent)) parent.splice(Number(name), 1);
  else Reflect.deleteProperty(parent, name);
  return document;
}

type Members = Record<string | number, unknown>;

/** The root, and everything in it. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? value.slice(0, 5).map((item: unknown, index) => [index, item])
    : Object.entries(value);
  return [path, ...entries.flatMap(([name, member]) => pathsOf(member, [...path, name]))];
}

function nested(value: unknown): unknown {
  let result = value;
  for (let depth = 0; depth < 40; depth++) result = [result];
  return result;
}

const own = (text: string) => `{"a":${text}}`;

/** Texts that are no answer, whatever they say. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  'null',
  '"',
  '{"a":1',
  '{"a":1}}',
  '<html></html>',
  '\u0000',
  own('['.repeat(100_000)),
  own(`[${'{},'.repeat(30_000)}{}]`),
  own(`"${'\\u0000'.repeat(10_000)}"`),
  `{${Array.from({ length: 5000 }, (_, index) => `"k${index}":1`).join()}}`,
];
