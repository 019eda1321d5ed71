/** A second fence: no line of ours has such a member. */
const NEVER_LOGGED = new Set([
  'authorization',
  'cookie',
  'password',
  'token',
  'accessToken',
  'refreshToken',
  'deviceToken',
  'loginId',
  'challenge',
  'signature',
  'ciphertext',
  'vault',
  'unlock',
  'body',
]);

const HIDDEN = '[not logged]';

/**
 * The fields of a log line without what must not be logged, on the first two levels. Pino's own redaction does the same
 * at four times the cost of the whole line.
 */
export function redact(fields: Record<string, unknown>): Record<string, unknown> {
  return withoutForbidden(fields, true);
}

function withoutForbidden(fields: Record<string, unknown>, deeper: boolean): Record<string, unknown> {
  let clean = fields;
  for (const name in fields) {
    const value = fields[name];
    const replacement = NEVER_LOGGED.has(name)
      ? HIDDEN
      : deeper && isPlainObject(value)
        ? withoutForbidden(value, false)
        : value;
    if (replacement === value) continue;
    if (clean === fields) clean = { ...fields };
    clean[name] = replacement;
  }
  return clean;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
