export { LargeBody } from './body-limit.js';
export {
  type Caller,
  CurrentActor,
  CurrentUser,
  KnownCaller,
  KNOWS_CALLERS,
  Public,
  PUBLIC_ROUTE,
  PublicKnowingCallers,
} from './caller.js';
export { ClientGone } from './client-gone.js';
export { configureHttp, type HttpOptions } from './configure-http.js';
export {
  type ConnectionEvents,
  detachConnection,
  type DetachedConnection,
  detachedConnectionOf,
  type DetachedEnd,
} from './detached-connection.js';
export * from './fields/index.js';
export { type DescribeItemProblem, ItemProblems } from './item-problems.js';
export { createHttpAdapter, type HttpSettings } from './http-adapter.js';
export { HttpModule } from './http.module.js';
export { type AdditionalProblem, ApiProblems } from './openapi/api-problems.js';
export { createOpenApiDocument, type OpenApiOptions } from './openapi/openapi-document.js';
export { setupOpenApi } from './openapi/setup-openapi.js';
export { CursorParameter, LimitParameter, type Page, pageOf } from './pagination.js';
export type { ErrorTranslation } from './problem-of-exception.js';
export { type Problem, PROBLEM_MEDIA_TYPE, problemDocument } from './problem.js';
export { ProblemPages } from './problems/problem-pages.js';
export { ANSWER_HEADERS } from './request-hooks.js';
export { REQUEST_ID_HEADER } from './request-id.js';
export { RequestsInFlight } from './requests-in-flight.js';
export { TakesBody } from './takes-body.js';
export { type Decoded, type OnWire, toWire } from './wire.js';
