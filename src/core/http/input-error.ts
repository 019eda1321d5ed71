import type { FieldErrorJson } from '@sealpost/protocol';
import { DomainError } from '../errors.js';

/** More findings than this help nobody, and the answer stays small however large the request was. */
export const MOST_FINDINGS = 20;

type InputErrorCode = 'request.invalid' | 'request.malformed-json';

/** A request that does not have the expected form: everything that was found wrong with it. */
export class InputError extends DomainError {
  override readonly name = 'InputError';
  readonly findings: readonly FieldErrorJson[];

  constructor(findings: readonly FieldErrorJson[], detail?: string, code: InputErrorCode = 'request.invalid') {
    const [first] = findings;
    super(code, detail ?? describe(first, findings.length));
    this.findings = findings.slice(0, MOST_FINDINGS);
  }
}

function describe(first: FieldErrorJson | undefined, count: number): string {
  if (first === undefined) return 'The request does not have the expected form.';
  const place = first.parameter ?? (first.pointer === '' ? 'The body' : first.pointer);
  return `${place ?? 'The request'} ${first.detail}${count > 1 ? `, and ${count - 1} more` : ''}.`;
}
