import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  DEVICE_HEADER,
  DPOP_HEADER,
  DPOP_NONCE_HEADER,
  SERVICE_HEADER,
  SIGNING_PROOF_HEADER,
} from '@sealpost/protocol';
import type { HttpSettings } from './http-adapter.js';
import { ProblemFilter } from './problem.filter.js';
import type { ErrorTranslation } from './problem-of-exception.js';
import { UnexpectedInputGuard } from './unexpected-input.guard.js';
import { StrictValidationPipe } from './validation.pipe.js';

export interface HttpOptions {
  /** For errors of parts of the core that are not DomainErrors, e.g. of a database that is down. */
  readonly translations?: readonly ErrorTranslation[];
}

const PREFLIGHT_SECONDS = 600;

function allowOrigins(app: NestFastifyApplication, origins: readonly string[]): void {
  app.enableCors({
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'authorization',
      'content-type',
      DEVICE_HEADER,
      DPOP_HEADER,
      SIGNING_PROOF_HEADER,
      'last-event-id',
    ],
    // Pages of other origins see these headers only: those that the SDK reads, and what a page may tell its user.
    exposedHeaders: [
      'date',
      DPOP_NONCE_HEADER,
      'etag',
      'retry-after',
      SERVICE_HEADER,
      'www-authenticate',
      'x-request-id',
    ],
    // Access tokens travel in a header, never in a cookie.
    credentials: false,
    maxAge: PREFLIGHT_SECONDS,
    // Plain OPTIONS requests are not malformed preflights.
    strictPreflight: false,
  });
}

/** Sets up what all routes share: problem documents, validation, CORS. Call it before `init()`. */
export function configureHttp(app: NestFastifyApplication, settings: HttpSettings, options: HttpOptions = {}): void {
  if (settings.corsOrigins.length > 0) allowOrigins(app, settings.corsOrigins);
  app.useGlobalFilters(new ProblemFilter(options.translations ?? []));
  app.useGlobalGuards(new UnexpectedInputGuard());
  app.useGlobalPipes(new StrictValidationPipe());
}
