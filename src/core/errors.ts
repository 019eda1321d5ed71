import { type ErrorCode, type ErrorExtensions, ERRORS } from '@sealpost/protocol';

/** An error of an additional module. Its code starts with `x-`, so that it never meets one that Sealpost adds later. */
export interface AdditionalError {
  readonly code: `x-${string}.${string}`;
  /** 400 to 599. */
  readonly status: number;
}

export type ProblemCode = ErrorCode | AdditionalError['code'];

export interface DomainErrorOptions {
  /** JSON pointer (RFC 6901) to the member of the request body that is at fault. */
  readonly pointer?: string | undefined;
  /** Seconds after which a repeat makes sense; becomes the Retry-After header. */
  readonly retryAfterSeconds?: number | undefined;
  /** Headers of the answer, by lower-case name; they replace those that the status has. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** For the log only; it never reaches a client. */
  readonly cause?: unknown;
}

type Options<E extends object> = DomainErrorOptions & { readonly extensions?: E };

/** With the further members of the problem document that the catalogue has for the code. */
type ArgumentsOf<C extends ErrorCode> =
  Partial<ErrorExtensions<C>> extends ErrorExtensions<C>
    ? [error: C, detail: string, options?: Options<ErrorExtensions<C>>]
    : [error: C, detail: string, options: Options<ErrorExtensions<C>> & { readonly extensions: ErrorExtensions<C> }];

type DomainErrorArguments =
  | { [C in ErrorCode]: ArgumentsOf<C> }[ErrorCode]
  | [error: AdditionalError, detail: string, options?: Options<Readonly<Record<string, unknown>>>];

/** Every expected failure of the server. Anything else that is thrown becomes a silent 500. */
export class DomainError extends Error {
  override readonly name: string = 'DomainError';
  /** Stable, `<module>.<reason>`; clients branch on it, so it is never renamed. */
  readonly code: ProblemCode;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** One sentence for the developer who reads the answer. Never contains secrets. */
  readonly detail: string;
  readonly options: Options<object>;

  constructor(...[error, detail, options = {}]: DomainErrorArguments) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = typeof error === 'string' ? error : error.code;
    this.status = typeof error === 'string' ? ERRORS[error].status : error.status;
    if (!(this.status >= 400 && this.status <= 599)) throw new RangeError(`${this.status} is no status of an error`);
    this.detail = detail;
    this.options = options;
  }
}
