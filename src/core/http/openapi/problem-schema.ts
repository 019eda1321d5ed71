/** Schema of RFC 9457 documents, as every route answers errors. */
export const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'An error (RFC 9457). `code` is stable: branch on it, never on `title` or `detail`.',
  required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
  // Some codes have members of their own, e.g. the current head of a conflict (RFC 9457, section 3.2).
  additionalProperties: true,
  properties: {
    type: { type: 'string', format: 'uri-reference', description: 'The page that explains the code.' },
    title: { type: 'string', description: 'The same for every problem with this code.' },
    status: { type: 'integer', minimum: 400, maximum: 599, description: 'The status of the answer.' },
    detail: { type: 'string', description: 'What happened this time, for the developer.' },
    instance: { type: 'string', format: 'uri-reference', description: 'Names the request; the log has the same id.' },
    code: { type: 'string', pattern: '^(x-)?[a-z-]+\\.[a-z-]+$', description: 'Stable error code.' },
    errors: {
      type: 'array',
      minItems: 1,
      description: 'Everything that is wrong with the input.',
      items: { $ref: '#/components/schemas/FieldError' },
    },
  },
} as const;

export const FIELD_ERROR_SCHEMA = {
  type: 'object',
  description: 'One thing that is wrong with the input, and where: `pointer` or `parameter`.',
  required: ['detail'],
  properties: {
    pointer: { type: 'string', description: 'JSON pointer (RFC 6901) into the body; empty for the body as a whole.' },
    parameter: { type: 'string', description: 'Name of a query or path parameter.' },
    detail: { type: 'string', description: 'What is wrong there.' },
  },
} as const;

export const REQUEST_ID_SCHEMA = {
  description: 'Id of the request, as in the log of the server.',
  schema: { type: 'string', minLength: 8, maxLength: 64 },
  example: '7f3e5d3a-52f1-4c0b-9b0e-9f6f3a1c2d4e',
} as const;
