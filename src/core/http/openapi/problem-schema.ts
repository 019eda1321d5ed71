import { type ErrorCode, ERRORS, isErrorCode, schemaOfMembers } from '@sealpost/protocol';
import type { ProblemCode } from '../../errors.js';

type Schema = Readonly<Record<string, unknown>>;

const SCHEMAS = '#/components/schemas/';

/** What RFC 9457 gives every problem. */
const PROBLEM_DETAILS = {
  type: 'object',
  description: 'What every problem has (RFC 9457).',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'The page that explains the code.' },
    title: { type: 'string', description: 'The same for every problem with this code.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The status of the answer.' },
    detail: { type: 'string', description: 'What happened this time, for the developer.' },
    instance: { type: 'string', format: 'uri-reference', description: 'Names the request; the log has the same id.' },
    code: { type: 'string', description: 'Stable: branch on it, never on `title` or `detail`.' },
    errors: {
      type: 'array',
      minItems: 1,
      description: 'Everything that is wrong with the input.',
      items: { $ref: `${SCHEMAS}FieldError` },
    },
  },
} as const;

const FIELD_ERROR = {
  type: 'object',
  description: 'One thing that is wrong with the input, and where: `pointer` or `parameter`.',
  required: ['detail'],
  properties: {
    pointer: { type: 'string', description: 'JSON pointer (RFC 6901) into the body; empty for the body as a whole.' },
    parameter: { type: 'string', description: 'Name of a query or path parameter.' },
    detail: { type: 'string', description: 'What is wrong there.' },
  },
} as const;

const EXAMPLE = {
  type: '/problems/messages.id-conflict',
  title: ERRORS['messages.id-conflict'].title,
  status: ERRORS['messages.id-conflict'].status,
  detail: 'A different message has this id already. Use a new UUIDv7 for each message.',
  instance: 'urn:sealpost:request:7f3e5d3a-52f1-4c0b-9b0e-9f6f3a1c2d4e',
  code: 'messages.id-conflict',
};

/** `messages.mailbox-full` as a part of a name: `MessagesMailboxFull`. */
export function nameOfCode(code: ProblemCode): string {
  return code.replace(/(?:^|[.-])(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The schema of all codes that add no members. */
const PLAIN = 'PlainProblem';

export function schemaNameOf(code: ProblemCode): string {
  return isErrorCode(code) && Object.keys(ERRORS[code].members).length > 0 ? `${nameOfCode(code)}Problem` : PLAIN;
}

/** A problem with one of these codes, and with the members that they add. */
function problemWith(codes: readonly ProblemCode[], { required = [], properties = {} }: Partial<Members> = {}): Schema {
  return {
    allOf: [{ $ref: `${SCHEMAS}ProblemDetails` }],
    type: 'object',
    required: ['code', ...required],
    properties: { code: { type: 'string', enum: codes }, ...properties },
  };
}

type Members = ReturnType<typeof schemaOfMembers>;

/**
 * The schemas of problems: one for each code that has members of its own, one for all others, and `Problem`, which is any
 * of these, told apart by `code`.
 * @param additional codes of additional modules
 */
export function problemSchemas(additional: readonly ProblemCode[]): Record<string, Schema> {
  const plain: ProblemCode[] = [...additional];
  const schemas: Record<string, Schema> = {};
  for (const code of Object.keys(ERRORS) as ErrorCode[]) {
    const members = schemaOfMembers(ERRORS[code].members);
    const name = schemaNameOf(code);
    if (name === PLAIN) plain.push(code);
    else schemas[name] = problemWith([code], members);
  }
  const alternatives = Object.keys(schemas).map((name) => ({ $ref: SCHEMAS + name }));
  const Problem = {
    description:
      'An error (RFC 9457), told apart by `code`. A newer server may answer with codes that are not listed here.',
    oneOf: [...alternatives, { $ref: SCHEMAS + PLAIN }],
    example: EXAMPLE,
  };
  return {
    Problem,
    ProblemDetails: PROBLEM_DETAILS,
    FieldError: FIELD_ERROR,
    [PLAIN]: problemWith(plain),
    ...schemas,
  };
}
