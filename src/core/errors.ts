import type { ErrorCode } from '@sealpost/protocol';

/** What sort of failure it is. The table from kind to HTTP status lives in core/http only. */
export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-large'
  | 'unsupported'
  | 'refused'
  | 'rate-limited'
  | 'unavailable';

/** Codes of additional modules start with `x-`, so that they never meet a code that Sealpost adds later. */
export type ProblemCode = ErrorCode | `x-${string}.${string}`;

export interface DomainErrorOptions {
  readonly kind: ErrorKind;
  /** Stable, `<module>.<reason>`; clients branch on it, so it is never renamed. */
  readonly code: ProblemCode;
  /** One sentence for the developer who reads the answer. Never contains secrets. */
  readonly detail: string;
  /** JSON pointer (RFC 6901) to the member of the request body that is at fault. */
  readonly pointer?: string | undefined;
  /** Further members of the problem document, e.g. the current head of a conflict. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
  /** Seconds after which a repeat makes sense; becomes the Retry-After header. */
  readonly retryAfterSeconds?: number | undefined;
  /** For the log only; it never reaches a client. */
  readonly cause?: unknown;
}

/** Every expected failure of the server. Anything else that is thrown becomes a silent 500. */
export class DomainError extends Error {
  readonly kind: ErrorKind;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly pointer?: string;
  readonly extensions?: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds?: number;

  constructor(options: DomainErrorOptions) {
    super(options.detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.kind = options.kind;
    this.code = options.code;
    this.detail = options.detail;
    if (options.pointer !== undefined) this.pointer = options.pointer;
    if (options.extensions !== undefined) this.extensions = options.extensions;
    if (options.retryAfterSeconds !== undefined) this.retryAfterSeconds = options.retryAfterSeconds;
  }

  /** The same failure of a part of a larger body, e.g. of `/messages/3`. */
  within(parent: string): DomainError {
    const { kind, code, detail, extensions, retryAfterSeconds, cause } = this;
    const pointer = this.pointer === undefined ? parent : parent + this.pointer;
    return new DomainError({ kind, code, detail, pointer, extensions, retryAfterSeconds, cause });
  }
}
