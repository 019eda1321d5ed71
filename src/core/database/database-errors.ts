import { DomainError } from '../errors.js';

/**
 * PostgreSQL's ways to say "not now": 08 connection, 53 disk, memory or connections used up, 57P0x stopping and starting,
 * 57014 and 25P03 a limit of time was reached, 25006 a standby that only reads, 58030 a disk that fails.
 */
const UNAVAILABLE_STATES = /^(?:08...|53...|57P0[1-5]|57014|25P03|25006|58030)$/;
const REFUSED_WRITE_STATES = /^(?:53[124]..|25006|58030)$/;
const UNAVAILABLE_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
const UNAVAILABLE_PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2037']);
const UNAVAILABLE_KINDS = new Set(['DatabaseNotReachable', 'ConnectionClosed', 'SocketTimeout', 'TooManyConnections']);
/** Errors of pg, of its pool and of Prisma's transactions that carry no code of their own. */
const UNAVAILABLE_MESSAGES =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error|Cannot use a pool after calling end|Client was closed and is not queryable)|Unable to start a transaction in the given time|expired transaction/;

/** The error and everything it was caused by, as pg, Prisma's adapter and Prisma nest them. */
function* causesOf(error: unknown): Generator<Record<string, unknown>> {
  const waiting: unknown[] = [error];
  const seen = new Set<unknown>();
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue;
    seen.add(next);
    const cause = next as Record<string, unknown>;
    yield cause;
    waiting.push(
      ...[cause['driverAdapterError'], cause['meta'], cause['cause'], cause['error']].filter(
        (part) => part !== undefined,
      ),
    );
    if (next instanceof AggregateError) waiting.push(...(next.errors as unknown[]));
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function saysUnavailable(cause: Record<string, unknown>): boolean {
  const code = text(cause['code']);
  if (UNAVAILABLE_SYSTEM_CODES.has(code) || UNAVAILABLE_PRISMA_CODES.has(code)) return true;
  // The Unix socket of a stopped database does not exist. Prisma keeps of that error its code and its message only.
  if (code === 'ENOENT' && /\bconnect ENOENT /.test(text(cause['message']))) return true;
  if (UNAVAILABLE_STATES.test(code) || UNAVAILABLE_STATES.test(text(cause['originalCode']))) return true;
  return UNAVAILABLE_KINDS.has(text(cause['kind'])) || UNAVAILABLE_MESSAGES.test(text(cause['message']));
}

/** Whether an error of Prisma or pg means that the database cannot be reached now, rather than that a statement is wrong. */
export function isDatabaseUnavailable(error: unknown): boolean {
  for (const cause of causesOf(error)) if (saysUnavailable(cause)) return true;
  return false;
}

/** Whether a statement was given up because no answer came; the connection is of no use any more. */
export function isUnanswered(error: unknown): boolean {
  return error instanceof Error && error.message === 'Query read timeout';
}

/** Whether the database answers and takes no changes: its disk or memory is used up or broken, or it only reads. */
export function isWriteRefused(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    if (REFUSED_WRITE_STATES.test(text(cause['code'])) || REFUSED_WRITE_STATES.test(text(cause['originalCode']))) {
      return true;
    }
  }
  return false;
}

export function databaseUnavailable(cause: unknown): DomainError {
  return new DomainError(
    'server.unavailable',
    isWriteRefused(cause)
      ? 'The database cannot store anything at the moment. Repeat the request.'
      : 'The database cannot be reached at the moment. Repeat the request.',
    { retryAfterSeconds: 1, cause },
  );
}

/** Deadlock or serialization failure: the transaction was rolled back and may succeed when repeated. */
export function isTransactionConflict(error: unknown): boolean {
  for (const cause of causesOf(error)) {
    if (['40001', '40P01', 'P2034'].includes(text(cause['code']))) return true;
    if (cause['kind'] === 'TransactionWriteConflict') return true;
  }
  return false;
}

/** The name of the constraint (or unique index) that an error of Prisma or pg speaks of, or null. */
function constraintOf(error: unknown): string | null {
  for (const cause of causesOf(error)) {
    const constraint = cause['constraint'];
    if (typeof constraint === 'string') return constraint;
    if (typeof constraint === 'object' && constraint !== null) {
      const index = (constraint as Record<string, unknown>)['index'];
      if (typeof index === 'string') return index;
    }
  }
  return null;
}

/** The key `messages_pkey` is called `messages_p3_pkey` in the error of a table that was partitioned by our script. */
function ofWholeTable(constraint: string | null): string | undefined {
  return constraint?.replace(/_p\d+_/, '_');
}

function saysDuplicate(cause: Record<string, unknown>): boolean {
  const codes = [text(cause['code']), text(cause['originalCode'])];
  return codes.includes('23505') || codes.includes('P2002') || cause['kind'] === 'UniqueConstraintViolation';
}

/** Whether a row with the same unique value exists already, of the named constraint or of any. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  for (const cause of causesOf(error)) {
    if (saysDuplicate(cause)) return constraint === undefined || ofWholeTable(constraintOf(error)) === constraint;
  }
  return false;
}
