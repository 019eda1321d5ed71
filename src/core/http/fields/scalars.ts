import { isNormalisedLoginId, isUuidV4OrV7, isUuidV7 } from '@sealpost/protocol';
import type { FieldOptions, Scalar } from './field.js';
import { scalarField, SHARED } from './field.js';

/** For the OpenAPI document; what is accepted is up to @sealpost/protocol. */
const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const UUID_V4_OR_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-[47][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const LOGIN_ID = '^(?![0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$)[!-@[-~]+$';
const DECIMAL = /^(0|[1-9][0-9]{0,15})$/;
// Control characters, lone surrogates, separators of lines and paragraphs, and what reverses the reading direction.
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

export type UuidVersion = 7 | '4|7';

/** Lower-case 8-4-4-4-12 with version and variant checked (protocol section 1). */
export function uuid(version: UuidVersion = 7): Scalar {
  const [name, pattern, isWanted, wanted] =
    version === 7
      ? (['Uuid', UUID_V7, isUuidV7, '7'] as const)
      : (['UuidOfAnyKind', UUID_V4_OR_V7, isUuidV4OrV7, '4 or 7'] as const);
  const description = `A lower-case UUID of version ${wanted}.`;
  return {
    schema: {
      type: 'string',
      format: 'uuid',
      pattern: pattern.source,
      [SHARED]: { name, description, example: '018f4e7e-7b7a-7c3e-9c5c-00000000000b' },
    },
    check: (value) =>
      typeof value === 'string' && isWanted(value) ? null : `must be a lower-case UUID of version ${wanted}`,
  };
}

/** The normalised form only (protocol section 1); the client normalises. */
export function loginId(): Scalar {
  return {
    schema: {
      type: 'string',
      minLength: 3,
      maxLength: 254,
      pattern: LOGIN_ID,
      [SHARED]: { name: 'LoginId', description: 'A loginId in its normalised form.', example: 'alice@example.org' },
    },
    check: (value) =>
      typeof value === 'string' && isNormalisedLoginId(value)
        ? null
        : 'must be a normalised loginId: 3 to 254 characters U+0021 to U+007E without A-Z, not in the form of a UUID',
  };
}

export interface Range {
  readonly min: number;
  readonly max: number;
}

function checkInteger({ min, max }: Range): (value: unknown) => string | null {
  return (value) => {
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) return 'must be an integer';
    return value < min || value > max ? `must be between ${min} and ${max}` : null;
  };
}

/** A JSON number without a fraction. */
export function integer(range: Range): Scalar {
  return {
    schema: { type: 'integer', minimum: range.min, maximum: range.max },
    check: checkInteger(range),
  };
}

/** Milliseconds since the Unix epoch. */
export function time(): Scalar {
  const { schema, check } = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const description = 'Milliseconds since the Unix epoch.';
  return { schema: { ...schema, [SHARED]: { name: 'Time', description, example: 1_790_000_000_000 } }, check };
}

/** An integer of a query string or a path: canonical decimal, no sign, no leading zeros. */
export function integerParameter(range: Range): Scalar {
  const check = checkInteger(range);
  return {
    schema: { type: 'integer', minimum: range.min, maximum: range.max },
    decode: (value) => (typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value),
    check: (value) => (typeof value === 'number' ? check(value) : 'must be a decimal integer'),
  };
}

export function boolean(): Scalar {
  return {
    schema: { type: 'boolean' },
    check: (value) => (typeof value === 'boolean' ? null : 'must be true or false'),
  };
}

export type EnumValue = string | number;

/**
 * One of a fixed list of strings or of integers.
 * @param name of the list, where several fields have it
 */
export function oneOf(values: readonly EnumValue[], name?: string): Scalar {
  const type = values.every((value) => typeof value === 'number') ? 'integer' : 'string';
  return {
    schema: { type, enum: [...values], ...(name === undefined ? {} : { [SHARED]: { name } }) },
    check: (value) =>
      values.some((allowed) => allowed === value)
        ? null
        : `must be one of ${values.map((allowed) => JSON.stringify(allowed)).join(', ')}`,
  };
}

/** Readable text for people; lengths count Unicode code points. */
export function text({ min, max }: Range, pattern?: RegExp): Scalar {
  return {
    schema: {
      type: 'string',
      minLength: min,
      maxLength: max,
      ...(pattern === undefined ? {} : { pattern: pattern.source }),
    },
    check: (value) => {
      if (typeof value !== 'string') return 'must be a string';
      const length = value.length > max * 2 ? value.length : Array.from(value).length;
      if (length < min || length > max) return `must have ${min} to ${max} characters`;
      if (UNPRINTABLE.test(value)) return 'must consist of printable characters';
      return pattern === undefined || pattern.test(value) ? null : `must match ${pattern.source}`;
    },
  };
}

export function UuidField(options: FieldOptions & { readonly version?: UuidVersion }): PropertyDecorator {
  return scalarField(uuid(options.version), options);
}

export function LoginIdField(options: FieldOptions): PropertyDecorator {
  return scalarField(loginId(), options);
}

export function IntegerField(options: FieldOptions & Range): PropertyDecorator {
  return scalarField(integer(options), options);
}

/** For `@Query()` and `@Param()` classes; bodies use `IntegerField`. */
export function IntegerParameter(options: FieldOptions & Range & { readonly default?: number }): PropertyDecorator {
  const scalar = integerParameter(options);
  const schema = options.default === undefined ? scalar.schema : { ...scalar.schema, default: options.default };
  return scalarField({ ...scalar, schema }, options);
}

export function BooleanField(options: FieldOptions): PropertyDecorator {
  return scalarField(boolean(), options);
}

export function EnumField(
  options: FieldOptions & { readonly values: readonly EnumValue[]; readonly name?: string },
): PropertyDecorator {
  return scalarField(oneOf(options.values, options.name), options);
}

export function TimeField(options: FieldOptions): PropertyDecorator {
  return scalarField(time(), options);
}

export function TextField(options: FieldOptions & Range & { readonly pattern?: RegExp }): PropertyDecorator {
  return scalarField(text(options, options.pattern), options);
}
