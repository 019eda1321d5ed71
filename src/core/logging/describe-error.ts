const MAX_CAUSES = 5;

/** What the log says about an error. */
export interface ErrorDescription {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly constraint?: string;
  readonly cause?: ErrorDescription;
}

/**
 * Only members that are known to hold no content: PostgreSQL's `detail` and `where`, for example, quote the values of
 * a row, and an HTTP error may carry the whole request.
 */
export function describeError(error: unknown, depth = 0): ErrorDescription {
  if (!isObject(error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, code, constraint, cause } = error;
  return {
    type: typeof name === 'string' ? name : 'Error',
    message: typeof message === 'string' ? message : '',
    ...(typeof stack === 'string' ? { stack } : {}),
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof constraint === 'string' ? { constraint } : {}),
    ...(cause === undefined || depth >= MAX_CAUSES ? {} : { cause: describeError(cause, depth + 1) }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
