/** What a code adds to the members of RFC 9457: each member is described once, for the API description and the compiler. */
export interface ErrorMember<T> {
  /** JSON Schema. */
  readonly schema: Readonly<Record<string, unknown>>;
  /** Never there: it tells the compiler what the schema describes. */
  readonly type?: T;
}

export interface OptionalErrorMember<T> extends ErrorMember<T> {
  readonly optional: true;
}

export type ErrorMembers = Readonly<Record<string, ErrorMember<unknown>>>;

type TypeOf<M> = M extends ErrorMember<infer T> ? T : never;

/** The type of an object with these members. */
export type ValuesOf<M> = {
  readonly [K in keyof M as M[K] extends OptionalErrorMember<unknown> ? never : K]: TypeOf<M[K]>;
} & { readonly [K in keyof M as M[K] extends OptionalErrorMember<unknown> ? K : never]?: TypeOf<M[K]> };

/** The schema of an object with these members. */
export function schemaOfMembers(members: ErrorMembers): {
  readonly type: 'object';
  readonly required: string[];
  readonly properties: Record<string, unknown>;
} {
  const entries = Object.entries(members);
  return {
    type: 'object',
    required: entries.filter(([, member]) => !('optional' in member)).map(([name]) => name),
    properties: Object.fromEntries(entries.map(([name, { schema }]) => [name, schema])),
  };
}

export const text: ErrorMember<string> = { schema: { type: 'string' } };

export const integer: ErrorMember<number> = { schema: { type: 'integer', minimum: 0 } };

/** Unix milliseconds. */
export const time: ErrorMember<number> = {
  schema: { type: 'integer', minimum: 0, description: 'Unix milliseconds.' },
};

export function oneOf<const T extends readonly string[]>(...values: T): ErrorMember<T[number]> {
  return { schema: { type: 'string', enum: values } };
}

export function listOf<T>({ schema }: ErrorMember<T>): ErrorMember<readonly T[]> {
  return { schema: { type: 'array', items: schema } };
}

export function objectOf<const M extends ErrorMembers>(members: M): ErrorMember<ValuesOf<M>> {
  return { schema: schemaOfMembers(members) };
}

/** A schema of the API description, by its name there. */
export function named<T>(name: string): ErrorMember<T> {
  return { schema: { $ref: `#/components/schemas/${name}` } };
}

export function optional<T>(member: ErrorMember<T>): OptionalErrorMember<T> {
  return { ...member, optional: true };
}
