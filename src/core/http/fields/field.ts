import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy } from 'class-validator';

/** What every field decorator takes. */
export interface FieldOptions {
  /** One sentence for the OpenAPI document. */
  readonly description: string;
  /** The example in the form in which it travels: base64url text for bytes. */
  readonly example?: unknown;
  /** An optional member may be absent. It is never null (protocol section 1). */
  readonly optional?: boolean;
}

/** What a schema has under this name is moved into a schema of the OpenAPI document to which all fields of its kind refer. */
export const SHARED = 'x-shared';

export interface SharedSchema {
  readonly name: string;
  readonly description?: string;
  readonly example?: unknown;
}

/** The part of a JSON schema that a field states besides its description. */
export type FieldSchema = Pick<
  ApiPropertyOptions,
  'format' | 'pattern' | 'enum' | 'minLength' | 'maxLength' | 'minimum' | 'maximum' | 'default'
> & {
  readonly type: 'string' | 'integer' | 'boolean';
  /** JSON Schema's word for bytes in text. */
  readonly contentEncoding?: 'base64url';
  readonly [SHARED]?: SharedSchema;
};

/** One scalar: how it is described, how it is decoded and what is wrong with it. */
export interface Scalar {
  readonly schema: FieldSchema;
  /** From wire to inside. Returns what does not decode as it came: `check` then refuses it. */
  readonly decode?: (value: unknown) => unknown;
  /** What is wrong with the decoded value, or null. Starts with "must". */
  readonly check: (value: unknown) => string | null;
}

/** One thing that is wrong. The JSON pointer begins at the value that was read. */
export interface Finding {
  readonly pointer: string;
  readonly detail: string;
}

/** Decodes and checks a value. The result means nothing if the reader has added to the findings. */
export type Read = (value: unknown, findings: Finding[]) => unknown;

/** What a field decorator declares about a member of a class. */
export interface Field {
  /** Reads a member that is there. */
  readonly read: Read;
  readonly optional: boolean;
  /** Consists of objects of a class. */
  readonly nested: boolean;
}

/** The name under which class-validator keeps the fields. */
export const FIELD_CHECK = 'field';

/** Reads a member, or what stands in its place. Missing and null members read the same wherever they occur. */
export function readField({ optional, read }: Field, value: unknown, findings: Finding[]): unknown {
  if (value !== undefined && value !== null) return read(value, findings);
  if (value === null) findings.push({ pointer: '', detail: 'must not be null; an absent member is omitted' });
  else if (!optional) findings.push({ pointer: '', detail: 'is required' });
  return value;
}

export function readScalar({ decode, check }: Scalar): Read {
  return (value, findings) => {
    const decoded = decode === undefined ? value : decode(value);
    const detail = check(decoded);
    if (detail !== null) findings.push({ pointer: '', detail });
    return decoded;
  };
}

/**
 * Declares a field to class-validator and class-transformer. The reader of a class finds it there; they use it themselves
 * for a class that stands under `@Type` and `@ValidateNested` of an additional module.
 */
function declared(field: Field): PropertyDecorator {
  const tried = (value: unknown): { readonly read: unknown; readonly fault: Finding | undefined } => {
    const findings: Finding[] = [];
    const read = readField(field, value, findings);
    return { read, fault: findings[0] };
  };
  // What is wrong stays as it came, so that the check finds it.
  const transformed = ({ value }: { value: unknown }): unknown => {
    const { read, fault } = tried(value);
    return fault === undefined ? read : value;
  };
  return applyDecorators(
    Transform(transformed, { toClassOnly: true }),
    ValidateBy({
      name: FIELD_CHECK,
      constraints: [field],
      validator: {
        validate: (value) => tried(value).fault === undefined,
        defaultMessage: (args) => tried(args?.value).fault?.detail ?? '',
      },
    }),
  );
}

/** Makes a property decorator of a schema and a reader: OpenAPI, decoding and validation in one. */
export function fieldOf(
  schema: ApiPropertyOptions,
  read: Read,
  options: FieldOptions & { readonly nested: boolean },
): PropertyDecorator {
  const { description, example, nested, optional = false } = options;
  return applyDecorators(
    ApiProperty({
      ...schema,
      description,
      required: !optional,
      ...(example === undefined ? {} : { example }),
    } as ApiPropertyOptions),
    declared({ read, optional, nested }),
  );
}

export function scalarField(scalar: Scalar, options: FieldOptions): PropertyDecorator {
  return fieldOf(scalar.schema, readScalar(scalar), { ...options, nested: false });
}
