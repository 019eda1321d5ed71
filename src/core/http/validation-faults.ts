import type { Type } from '@nestjs/common';
import type { FieldErrorJson } from '@sealpost/protocol';
import { plainToInstance } from 'class-transformer';
import { type ValidationError, validateSync } from 'class-validator';
import { type FieldParts, fieldsOf, readerOf, REFUSED } from './fields/field-reader.js';
import { findItemFindings } from './fields/structures.js';
import { MOST_FINDINGS } from './input-error.js';
import { pointerToken } from './json/json-fault.js';

/** One more than is reported, so that a report says that there is more. */
const ENOUGH = MOST_FINDINGS + 1;
/** Longer than any list of scalars in the API. */
const LONGEST_OUTLINE = 1000;

export interface Validated {
  readonly instance: object;
  readonly errors: readonly ValidationError[];
}

/** What class-transformer makes of a value, and what class-validator has to say about it. */
export function validated(type: Type<object>, value: object): Validated {
  const instance = plainToInstance(type, value);
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
    validationError: { target: false },
  });
  return { instance, errors };
}

export function detailOf({ constraints }: ValidationError): string | undefined {
  if (constraints === undefined) return undefined;
  return 'whitelistValidation' in constraints ? 'is not a known member' : Object.values(constraints)[0];
}

export function inBody(errors: readonly ValidationError[], parent: string): FieldErrorJson[] {
  return errors.flatMap((error) => {
    const pointer = parent + pointerToken(error.property);
    const items = inItems(error.value, pointer);
    if (items.length > 0) return items;
    const detail = detailOf(error);
    const own: FieldErrorJson[] = detail === undefined ? [] : [{ pointer, detail }];
    return own.concat(inBody(error.children ?? [], pointer));
  });
}

function inItems(list: unknown, pointer: string): FieldErrorJson[] {
  return findItemFindings(list).map(({ index, detail }) => ({ pointer: pointer + pointerToken(index), detail }));
}

/**
 * What is wrong with a body that a reader refused; empty where only the whole of class-validator can say it.
 *
 * Class-validator looks at one object at a time here, and only at those that the reader refuses, until there is enough to
 * report: a body of thousands of wrong items must not keep the process from everything else.
 */
export function findFaults(type: Type<object>, value: object): FieldErrorJson[] {
  const findings: FieldErrorJson[] = [];
  inObject(type, value, '', findings);
  return findings;
}

function inObject(type: Type<object>, value: object, pointer: string, findings: FieldErrorJson[]): void {
  const { own, parts } = taken(type, value);
  const errors = validated(type, own).errors.filter(({ property }) => !parts.has(property));
  findings.push(...inBody(errors, pointer));
  for (const [name, { member, of }] of parts) inPart(of, member, pointer + pointerToken(name), findings);
}

function inPart({ type, check }: FieldParts, member: unknown, pointer: string, findings: FieldErrorJson[]): void {
  if (findings.length >= ENOUGH) return;
  const detail = check(member);
  if (detail !== null) {
    const items = inItems(member, pointer);
    findings.push(...(items.length > 0 ? items : [{ pointer, detail }]));
    return;
  }
  const part = type();
  const read = readerOf(part);
  // With other checks than those of fields, class-validator has to see all of it.
  if (read === null) return;
  if (!Array.isArray(member)) {
    inObject(part, member as object, pointer, findings);
    return;
  }
  for (const [index, item] of (member as object[]).entries()) {
    if (findings.length >= ENOUGH) return;
    if (read(item) === REFUSED) inObject(part, item, pointer + pointerToken(index), findings);
  }
}

interface Taken {
  /** Everything but the parts, in outline. */
  readonly own: Record<string, unknown>;
  readonly parts: ReadonlyMap<string, { readonly member: unknown; readonly of: FieldParts }>;
}

/** Takes an object apart into what class-validator is to look at, and the objects within it. */
function taken(type: Type<object>, value: object): Taken {
  const fields = fieldsOf(type);
  const own: Record<string, unknown> = {};
  const parts = new Map<string, { member: unknown; of: FieldParts }>();
  let strangers = 0;
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    const field = fields.get(name);
    if (field === undefined) {
      strangers += 1;
      if (strangers <= ENOUGH) own[name] = true;
    } else if (field.parts !== undefined && member !== null) parts.set(name, { member, of: field.parts });
    else own[name] = outline(member);
  }
  return { own, parts };
}

/** As much of a value as a scalar, or a list of scalars, looks at. */
function outline(value: unknown): unknown {
  return Array.isArray(value) ? value.slice(0, LONGEST_OUTLINE).map(emptied) : emptied(value);
}

function emptied(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Array.isArray(value) ? [] : {};
}
