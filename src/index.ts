/**
 * What authors of additional modules may import. It is kept stable; everything else of the server may change at any
 * time. docs/extending.md shows a module, examples/ holds one that runs.
 */
export {
  type AccountCreatedHandler,
  type AccountErasedHandler,
  type AccountEvent,
  type AccountEventHandler,
  AccountExports,
  AccountLifecycle,
  AccountLocks,
  type Actor,
  type ExportedRow,
  type ExportPage,
  type ExportSection,
} from './core/accounts/index.js';
export { Clock } from './core/clock.js';
export { Settings } from './core/config/index.js';
export { Database, inSqlTransaction, prismaOf, type Transaction, Transactions } from './core/database/index.js';
export { DomainError, type AdditionalError, type DomainErrorOptions, type ProblemCode } from './core/errors.js';
export {
  AfterParameter,
  ApiProblems,
  ArrayField,
  type ArrayOptions,
  base64Url,
  Base64UrlField,
  BearerSuffices,
  boolean,
  BooleanField,
  type ByteLength,
  type Caller,
  ClientGone,
  CurrentActor,
  CurrentUser,
  type Decoded,
  EnumField,
  type EnumValue,
  type FieldOptions,
  integer,
  IntegerField,
  integerParameter,
  IntegerParameter,
  LimitParameter,
  loginId,
  LoginIdField,
  NextField,
  ObjectField,
  oneOf,
  type OnWire,
  type Page,
  pageOf,
  ProblemPages,
  Public,
  type Range,
  type Scalar,
  scalarField,
  TakesSessionProof,
  text,
  TextField,
  time,
  TimeField,
  toWire,
  uuid,
  UuidField,
  type UuidVersion,
} from './core/http/index.js';
export {
  type BucketOptions,
  COUNT_BUCKETS,
  type Counter,
  type Family,
  type GaugeValue,
  type Histogram,
  type LabelledOptions,
  type MetricOptions,
  Metrics,
  SECONDS_BUCKETS,
} from './core/metrics/index.js';
export { RateLimiter } from './core/rate-limit/index.js';
export { Shutdown } from './core/shutdown.js';
