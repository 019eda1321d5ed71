import type { Type } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { MOST_FINDINGS } from '../input-error.js';
import { pointerToken } from '../json/json-fault.js';
import { type Field, FIELD_CHECK, type Finding, readField } from './field.js';

/** One more than is reported, so that a report says that there is more. */
export const ENOUGH = MOST_FINDINGS + 1;

const STRANGER = 'is not a known member';

/** Makes an instance of a class. It means nothing if the reader has added to the findings. */
export type ReadObject = (value: object, findings: Finding[]) => object;

const readers = new WeakMap<Type<object>, ReadObject>();

/**
 * The reader of a class whose members stand under field decorators: unknown members first, then what is wrong with the
 * flat ones and with the nested ones. It stops before a nested one as soon as there is enough to report: a body of
 * thousands of wrong items must not keep the process from everything else.
 *
 * Other decorators of class-validator are checked by class-validator, on the instance that class-transformer makes.
 */
export function readerOf(type: Type<object>): ReadObject {
  const known = readers.get(type);
  if (known !== undefined) return known;
  const reader = makeReader(type);
  readers.set(type, reader);
  return reader;
}

function makeReader(type: Type<object>): ReadObject {
  const fields = new Map<string, Field>();
  const foreign = new Set<string>();
  for (const metadata of getMetadataStorage().getTargetValidationMetadatas(type, '', false, false)) {
    const { name, propertyName, constraints } = metadata;
    if (name === FIELD_CHECK) fields.set(propertyName, (constraints as [Field])[0]);
    else foreign.add(propertyName);
  }
  const members = [...fields].map(([name, field]) => ({ name, field }));
  const nested = members.filter(({ field }) => field.nested);
  return (value, findings) => {
    const given = value as Record<string, unknown>;
    const names = Object.keys(given);
    const instance = (foreign.size === 0 ? new type() : plainToInstance(type, value)) as Record<string, unknown>;
    const start = findings.length;
    let known = 0;
    for (const { name, field } of members) {
      const member = given[name];
      if (member !== undefined) known += 1;
      if (!field.nested || member === undefined || member === null) readMember(instance, name, field, member, findings);
    }
    if (known < names.length) {
      const strangers = names.filter((name) => !fields.has(name) && !foreign.has(name)).slice(0, ENOUGH);
      findings.splice(start, 0, ...strangers.map((name) => ({ pointer: pointerToken(name), detail: STRANGER })));
    }
    for (const { name, field } of nested) {
      const member = given[name];
      if (findings.length >= ENOUGH) break;
      if (member !== undefined && member !== null) readMember(instance, name, field, member, findings);
    }
    const present = [...foreign].filter((name) => given[name] !== undefined || fields.get(name)?.optional !== true);
    if (present.length > 0) findings.push(...foreignFindings(instance, new Set(present)));
    return instance;
  };
}

function readMember(
  instance: Record<string, unknown>,
  name: string,
  field: Field,
  member: unknown,
  findings: Finding[],
): void {
  const before = findings.length;
  const read = readField(field, member, findings);
  if (findings.length > before) locate(findings, before, name);
  else if (read !== undefined) instance[name] = read;
}

/** Puts the findings from `first` on into the member in which they were found. */
export function locate(findings: Finding[], first: number, name: string | number): void {
  const token = pointerToken(name);
  for (const [index, { pointer, detail }] of findings.slice(first).entries()) {
    findings[first + index] = { pointer: token + pointer, detail };
  }
}

function foreignFindings(instance: object, foreign: ReadonlySet<string>): Finding[] {
  const errors = validateSync(instance, { whitelist: true, forbidNonWhitelisted: true, stopAtFirstError: true });
  const isForeign = ({ property, constraints = {} }: ValidationError): boolean =>
    foreign.has(property) && !(FIELD_CHECK in constraints);
  return findingsOf(errors.filter(isForeign), '');
}

function findingsOf(errors: readonly ValidationError[], parent: string): Finding[] {
  return errors.flatMap(({ property, constraints = {}, children = [] }) => {
    const pointer = parent + pointerToken(property);
    const [first] = Object.entries(constraints);
    const own =
      first === undefined ? [] : [{ pointer, detail: first[0] === 'whitelistValidation' ? STRANGER : first[1] }];
    return [...own, ...findingsOf(children, pointer)];
  });
}
