import type { NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { loadAdditionalModules } from './additional-modules.js';
import { AppModule } from './app.module.js';
import type { AdditionalModule, AppParts } from './app.module.js';
import { loadSettings } from './core/config/index.js';
import { databaseUnavailable, disconnectedDatabase, isDatabaseUnavailable } from './core/database/index.js';
import { configureHttp, createHttpAdapter, setupOpenApi } from './core/http/index.js';
import { createLogger, logRequests, NestLogger } from './core/logging/index.js';
import type { Logger } from './core/logging/index.js';
import { Metrics } from './core/metrics/index.js';
import { RequestMetrics } from './core/monitoring/index.js';
import { OpenRouteLimit } from './core/rate-limit/index.js';
import { generateSecrets, secretsOf } from './core/secrets/index.js';

export interface AppOptions extends AppParts {
  readonly log: Logger;
}

/**
 * Puts the server together. Nothing listens, and nothing has asked the database anything, before `listen()`.
 * `close()` also stops the database.
 */
export async function createApp(options: AppOptions): Promise<NestFastifyApplication> {
  const { settings, log } = options;
  const adapter = createHttpAdapter(settings);
  const module = AppModule.forRoot(await withNamedModules(options));
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, nestOptions(log));
  const requestMetrics = new RequestMetrics(app.get(Metrics));
  logRequests(adapter.getInstance<FastifyInstance>(), log, (request) => requestMetrics.finished(request));
  configureHttp(app, settings, {
    translations: [(error) => (isDatabaseUnavailable(error) ? databaseUnavailable(error) : null)],
  });
  app.get(OpenRouteLimit).guard(adapter.getInstance<FastifyInstance>());
  setupOpenApi(app, settings);
  return app;
}

/** A failure is thrown to the caller instead of ending the process. */
export function nestOptions(log: Logger): NestApplicationOptions {
  return { logger: new NestLogger(log), abortOnError: false };
}

export async function withNamedModules(parts: AppParts): Promise<AppParts> {
  const named = await loadAdditionalModules(parts.settings.modules);
  return { ...parts, modules: [...named, ...(parts.modules ?? [])] };
}

/** A server for describing it only: with default settings, throw-away secrets and without a database. */
export function createAppForDocument(modules: readonly AdditionalModule[] = []): Promise<NestFastifyApplication> {
  const settings = loadSettings({ SEALPOST_LOG_LEVEL: 'silent' });
  return createApp({
    settings,
    modules,
    secrets: secretsOf(generateSecrets(new Date())),
    database: disconnectedDatabase(),
    log: createLogger(settings),
  });
}
