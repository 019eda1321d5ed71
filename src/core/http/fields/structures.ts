import type { Type } from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { type FieldOptions, fieldOf, type Read, readField, readScalar, type Scalar } from './field.js';
import { ENOUGH, locate, readerOf } from './field-reader.js';

/** Nest takes a function for one that returns the type, rather than for the type, by its name: it must be "type". */
function lazyType(of: () => Type<object>): { readonly type: () => Type<object> } {
  return { type: () => of() };
}

function readObject(type: () => Type<object>): Read {
  return (value, findings) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
      return readerOf(type())(value, findings);
    }
    findings.push({ pointer: '', detail: 'must be an object' });
    return value;
  };
}

/** A member that is an object of its own class. */
export function ObjectField(type: () => Type<object>, options: FieldOptions): PropertyDecorator {
  return fieldOf(lazyType(type), readObject(type), { ...options, nested: true });
}

export interface ArrayOptions extends FieldOptions {
  readonly minItems: number;
  readonly maxItems: number;
  /** Refuse equal scalars. */
  readonly unique?: boolean;
}

function readList(read: Read, options: ArrayOptions & { readonly nested: boolean }): Read {
  const { minItems, maxItems, unique = false, nested } = options;
  return (value, findings) => {
    if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) {
      const detail = Array.isArray(value) ? `must have ${minItems} to ${maxItems} items` : 'must be an array';
      findings.push({ pointer: '', detail });
      return value;
    }
    const list: unknown[] = [];
    const seen = unique ? new Set<unknown>() : null;
    for (let index = 0; index < value.length; index++) {
      if (nested && findings.length >= ENOUGH) break;
      const before = findings.length;
      const item = read(value[index], findings);
      if (seen !== null && findings.length === before && seen.size === seen.add(item).size) {
        findings.push({ pointer: '', detail: 'must not repeat an earlier item' });
      }
      if (findings.length > before) locate(findings, before, index);
      list.push(item);
    }
    return list;
  };
}

/** A list of objects of one class, or of one kind of scalar (`uuid()`, `base64Url({ length: 32 })` …). */
export function ArrayField(item: (() => Type<object>) | Scalar, options: ArrayOptions): PropertyDecorator {
  const { minItems, maxItems, unique } = options;
  const bounds = { minItems, maxItems, ...(unique === true ? { uniqueItems: true } : {}) };
  if (typeof item === 'function') {
    const list = { ...options, nested: true };
    return fieldOf({ ...lazyType(item), isArray: true, ...bounds }, readList(readObject(item), list), list);
  }
  const list = { ...options, nested: false };
  const itemField = { read: readScalar(item), optional: false, nested: false };
  const readItem: Read = (value, findings) => readField(itemField, value, findings);
  const schema = { type: 'array', items: item.schema, ...bounds } as ApiPropertyOptions;
  return fieldOf(schema, readList(readItem, list), list);
}
