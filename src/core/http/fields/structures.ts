import { applyDecorators, type Type } from '@nestjs/common';
import type { ApiPropertyOptions } from '@nestjs/swagger';
import { Transform, Type as TransformType } from 'class-transformer';
import { ValidateNested } from 'class-validator';
import { checkedBy, checkPresent, describedBy, type FieldOptions, readScalar, type Scalar } from './field.js';
import { readBy, readerOf, REFUSED, type ReadMember } from './field-reader.js';

/** A finding inside a list of scalars: class-validator has only one message per property, without an index. */
export interface ItemFinding {
  readonly index: number;
  readonly detail: string;
}

const itemFindings = new WeakMap<object, readonly ItemFinding[]>();

/** The findings that `ArrayField` left for a list of scalars. */
export function findItemFindings(list: unknown): readonly ItemFinding[] {
  return typeof list === 'object' && list !== null ? (itemFindings.get(list) ?? []) : [];
}

function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function nested(type: () => Type<object>, options: FieldOptions, check: (value: unknown) => string | null) {
  return applyDecorators(TransformType(type), checkedBy('structure', check, options), ValidateNested());
}

/** The structure's own check, and `ValidateNested`. */
const NESTED_CHECKS = 2;

/** A class that has other checks as well has no reader: then neither has the one that it is part of. */
function readStructure(type: () => Type<object>): ReadMember {
  return (value) => {
    if (!isPlainObject(value)) return REFUSED;
    const read = readerOf(type());
    return read === null ? REFUSED : read(value);
  };
}

/** Reads a list item by item, up to the first that is refused. */
function readList(item: ReadMember, { minItems, maxItems, unique }: ArrayOptions): ReadMember {
  return (value) => {
    if (!Array.isArray(value) || value.length < minItems || value.length > maxItems) return REFUSED;
    const list: unknown[] = [];
    for (const member of value) {
      const read = member === undefined || member === null ? REFUSED : item(member);
      if (read === REFUSED) return REFUSED;
      list.push(read);
    }
    return unique === true && new Set(list).size < list.length ? REFUSED : list;
  };
}

/** Nest takes a function for one that returns the type, rather than for the type, by its name: it must be "type". */
function lazyType(of: () => Type<object>): { readonly type: () => Type<object> } {
  return { type: () => of() };
}

/** A member that is an object of its own class. */
export function ObjectField(type: () => Type<object>, options: FieldOptions): PropertyDecorator {
  const check = (value: unknown): string | null => (isPlainObject(value) ? null : 'must be an object');
  return applyDecorators(
    describedBy(lazyType(type), options),
    nested(type, options, check),
    readBy(readStructure(type), options, NESTED_CHECKS, { type, check }),
  );
}

export interface ArrayOptions extends FieldOptions {
  readonly minItems: number;
  readonly maxItems: number;
  /** Refuse equal scalars. */
  readonly unique?: boolean;
}

function checkList(
  value: unknown,
  { minItems, maxItems }: ArrayOptions,
  findFaults: (list: readonly unknown[]) => ItemFinding[],
): string | null {
  if (!Array.isArray(value)) return 'must be an array';
  if (value.length < minItems || value.length > maxItems) return `must have ${minItems} to ${maxItems} items`;
  const findings = findFaults(value);
  if (findings.length === 0) return null;
  itemFindings.set(value, findings);
  return 'contains items that are not valid';
}

/** Class-validator would walk into lists within the list as if their items were its own. */
function findNonObjects(list: readonly unknown[]): ItemFinding[] {
  return list.flatMap((item, index) => (isPlainObject(item) ? [] : [{ index, detail: 'must be an object' }]));
}

function findScalarFaults(list: readonly unknown[], item: Scalar, unique: boolean): ItemFinding[] {
  const findings: ItemFinding[] = [];
  const seen = new Set<unknown>();
  list.forEach((value, index) => {
    const detail = checkPresent(value, item.check);
    if (detail !== null) findings.push({ index, detail });
    else if (unique && seen.has(value)) findings.push({ index, detail: 'must not repeat an earlier item' });
    seen.add(value);
  });
  return findings;
}

function scalarItems(item: Scalar, options: ArrayOptions): PropertyDecorator {
  const { decode } = item;
  const check = (value: unknown): string | null =>
    checkList(value, options, (list) => findScalarFaults(list, item, options.unique === true));
  return applyDecorators(
    ...(decode === undefined
      ? []
      : [Transform(({ value }): unknown => (Array.isArray(value) ? value.map(decode) : value), { toClassOnly: true })]),
    checkedBy('list', check, options),
    readBy(readList(readScalar(item), options), options, 1),
  );
}

/** A list of objects of one class, or of one kind of scalar (`uuid()`, `base64Url({ length: 32 })` …). */
export function ArrayField(item: (() => Type<object>) | Scalar, options: ArrayOptions): PropertyDecorator {
  const { minItems, maxItems } = options;
  const bounds = { minItems, maxItems, ...(options.unique === true ? { uniqueItems: true } : {}) };
  if (typeof item === 'function') {
    const check = (value: unknown): string | null => checkList(value, options, findNonObjects);
    return applyDecorators(
      describedBy({ ...lazyType(item), isArray: true, ...bounds }, options),
      nested(item, options, check),
      readBy(readList(readStructure(item), options), options, NESTED_CHECKS, { type: item, check }),
    );
  }
  const schema = { type: 'array', items: item.schema, ...bounds } as ApiPropertyOptions;
  return applyDecorators(describedBy(schema, options), scalarItems(item, options));
}
