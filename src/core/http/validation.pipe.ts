import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import type { FieldErrorJson } from '@sealpost/protocol';
import type { ValidationError } from 'class-validator';
import { readerOf, REFUSED } from './fields/field-reader.js';
import { InputError } from './input-error.js';
import { pointerToken } from './json/json-fault.js';
import { detailOf, findFaults, inBody, validated } from './validation-faults.js';

/** Parameter types that Nest passes through as they came; everything else is a class of fields. */
const PLAIN_TYPES: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object]);

/**
 * Turns bodies, queries and path parameters into instances of their classes and refuses what their fields do not allow:
 * unknown members, missing ones, null, wrong types. Nothing is converted unless the field itself decodes it.
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { metatype, type } = metadata;
    if (type === 'custom' || metatype === undefined || PLAIN_TYPES.has(metatype)) return value;
    if (type === 'body') refuseNonObject(value);
    const read = readerOf(metatype as Type<object>)?.(value ?? {}) ?? REFUSED;
    return read === REFUSED ? validate(value ?? {}, metadata) : read;
  }
}

/** By class-transformer and class-validator: slower, and able to say what is wrong. */
function validate(value: object, { metatype, type }: ArgumentMetadata): object {
  const checked = metatype as Type<object>;
  if (type === 'body' && readerOf(checked) !== null) {
    const findings = findFaults(checked, value);
    if (findings.length > 0) throw new InputError(findings);
  }
  const { instance, errors } = validated(checked, value);
  if (errors.length > 0) throw new InputError(type === 'body' ? inBody(errors, '') : inParameters(errors));
  return instance;
}

function refuseNonObject(value: unknown): void {
  if (value === undefined) throw new InputError([{ pointer: '', detail: 'is required' }], 'A JSON body is required.');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError([{ pointer: '', detail: 'must be an object' }], 'The body must be a JSON object.');
  }
}

function inParameters(errors: readonly ValidationError[]): FieldErrorJson[] {
  return errors.map((error) => {
    const detail = detailOf(error) ?? 'is not valid';
    const parameter = pointerToken(error.property).slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
    return { parameter, detail: detail === 'is not a known member' ? 'is not a known parameter' : detail };
  });
}
