import { type ArgumentMetadata, Injectable, type PipeTransform, type Type } from '@nestjs/common';
import type { FieldErrorJson } from '@sealpost/protocol';
import type { Finding } from './fields/field.js';
import { readerOf } from './fields/field-reader.js';
import { InputError } from './input-error.js';

/** Parameter types that Nest passes through as they came; everything else is a class of fields. */
const PLAIN_TYPES: ReadonlySet<unknown> = new Set([String, Number, Boolean, Array, Object]);

/**
 * Turns bodies, queries and path parameters into instances of their classes and refuses what their fields do not allow:
 * unknown members, missing ones, null, wrong types. Nothing is converted unless the field itself decodes it.
 */
@Injectable()
export class StrictValidationPipe implements PipeTransform {
  transform(value: unknown, { metatype, type }: ArgumentMetadata): unknown {
    if (type === 'custom' || metatype === undefined || PLAIN_TYPES.has(metatype)) return value;
    if (type === 'body') refuseNonObject(value);
    const findings: Finding[] = [];
    const instance = readerOf(metatype as Type<object>)(value ?? {}, findings);
    if (findings.length > 0) throw new InputError(type === 'body' ? findings : findings.map(inParameter));
    return instance;
  }
}

function refuseNonObject(value: unknown): void {
  if (value === undefined) throw new InputError([{ pointer: '', detail: 'is required' }], 'A JSON body is required.');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError([{ pointer: '', detail: 'must be an object' }], 'The body must be a JSON object.');
  }
}

function inParameter({ pointer, detail }: Finding): FieldErrorJson {
  const parameter = pointer.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');
  return { parameter, detail: detail === 'is not a known member' ? 'is not a known parameter' : detail };
}
