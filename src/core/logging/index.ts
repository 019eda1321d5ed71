export { createLogger } from './logger.js';
export type { Logger } from './logger.js';
export { NestLogger } from './nest-logger.js';
export { type FinishedRequest, logRequests } from './request-log.js';
