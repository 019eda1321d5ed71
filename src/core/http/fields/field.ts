import { applyDecorators } from '@nestjs/common';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ValidateBy, ValidateIf, type ValidationArguments } from 'class-validator';
import { readBy, REFUSED, type ReadMember } from './field-reader.js';

/** What every field decorator takes. */
export interface FieldOptions {
  /** One sentence for the OpenAPI document. */
  readonly description: string;
  /** As it travels, i.e. base64url text for bytes. */
  readonly example?: unknown;
  /** An optional member may be absent. It is never null (protocol section 1). */
  readonly optional?: boolean;
}

/** The part of a JSON schema that a field states besides its description. */
export type FieldSchema = Pick<
  ApiPropertyOptions,
  'format' | 'pattern' | 'enum' | 'minLength' | 'maxLength' | 'minimum' | 'maximum' | 'default'
> & { readonly type: 'string' | 'integer' | 'boolean' };

/** One scalar: how it is described, how it is decoded and what is wrong with it. */
export interface Scalar {
  /** Short name of the check. */
  readonly name: string;
  readonly schema: FieldSchema;
  /** From wire to inside. Returns what does not decode as it came: `check` then refuses it. */
  readonly decode?: (value: unknown) => unknown;
  /** What is wrong with the decoded value, or null. Starts with "must". */
  readonly check: (value: unknown) => string | null;
}

/** Missing and null members read the same wherever they occur. */
export function checkPresent(value: unknown, check: (value: unknown) => string | null): string | null {
  if (value === undefined) return 'is required';
  if (value === null) return 'must not be null; an absent member is omitted';
  return check(value);
}

/** Class-validator's part of a field: one check that yields one exact sentence. */
export function checkedBy(
  name: string,
  check: (value: unknown, property: string) => string | null,
  options: Pick<FieldOptions, 'optional'>,
): PropertyDecorator {
  const checked = ValidateBy({
    name,
    validator: {
      validate: (value: unknown, args?: ValidationArguments) =>
        checkPresent(value, (present) => check(present, args?.property ?? '')) === null,
      defaultMessage: (args?: ValidationArguments) =>
        checkPresent(args?.value, (present) => check(present, args?.property ?? '')) ?? '',
    },
  });
  // Not IsOptional(): that one would let null pass for an absent member.
  return options.optional === true
    ? applyDecorators(
        ValidateIf((_, value) => value !== undefined),
        checked,
      )
    : checked;
}

/** Reads one scalar as `Transform` and `checkedBy` do. */
export function readScalar({ decode, check }: Scalar): ReadMember {
  return (value) => {
    const decoded = decode === undefined ? value : decode(value);
    return check(decoded) === null ? decoded : REFUSED;
  };
}

/** The description shared by scalars and structures. */
export function describedBy(schema: ApiPropertyOptions, options: FieldOptions): PropertyDecorator {
  return ApiProperty({
    ...schema,
    description: options.description,
    required: options.optional !== true,
    ...(options.example === undefined ? {} : { example: options.example }),
  } as ApiPropertyOptions);
}

/** Makes a property decorator of a scalar: OpenAPI, decoding and validation in one. */
export function scalarField(scalar: Scalar, options: FieldOptions): PropertyDecorator {
  const { decode } = scalar;
  return applyDecorators(
    describedBy(scalar.schema, options),
    ...(decode === undefined ? [] : [Transform(({ value }) => decode(value), { toClassOnly: true })]),
    checkedBy(scalar.name, scalar.check, options),
    readBy(readScalar(scalar), options, 1),
  );
}
