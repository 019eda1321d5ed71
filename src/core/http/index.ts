export { IgnoresQuery, isOpenRoute, LargeBody, OpenRoute } from './route-options.js';
export {
  BEARER_SUFFICES,
  BearerSuffices,
  type Caller,
  CurrentActor,
  CurrentUser,
  KnownCaller,
  KNOWS_CALLERS,
  Public,
  PUBLIC_ROUTE,
  PublicKnowingCallers,
  TAKES_SESSION_PROOF,
  TakesSessionProof,
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
export { parseStrictJson } from './json/strict-json.js';
export {
  DeviceToken,
  OwnersProof,
  type PresentedProof,
  presentedProof,
  SessionProof,
  TakesDeviceToken,
  TakesOwnerProof,
} from './presented-proofs.js';
export { AnswersAtFixedTime } from './fixed-time.js';
export { HttpModule } from './problems/problem-pages.controller.js';
export { ApiProblems } from './openapi/api-problems.js';
export { createOpenApiDocument, type OpenApiOptions } from './openapi/openapi-document.js';
export { setupOpenApi } from './openapi/setup-openapi.js';
export { AfterParameter, LimitParameter, NextField, type Page, pageOf } from './pagination.js';
export type { ErrorTranslation } from './problem-of-exception.js';
export { OpenDocument } from './open-document.js';
export { type Problem, PROBLEM_MEDIA_TYPE, problemDocument } from './problem.js';
export { ProblemPages } from './problems/problem-pages.js';
export { ANSWER_HEADERS } from './request-hooks.js';
export { REQUEST_ID_HEADER } from './trusted-proxies.js';
export { RequestsInFlight } from './requests-in-flight.js';
export { type Decoded, type OnWire, toWire } from './wire.js';
