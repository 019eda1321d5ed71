import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../config/index.js';
import { OpenDocument } from '../open-document.js';
import { OPEN_ROUTE } from '../open-route.js';
import { addDocsPage } from './docs-page.js';
import { createOpenApiDocument } from './openapi-document.js';

/** Serves the OpenAPI document at /openapi.json and Swagger UI at /docs, both without an access token. */
export function setupOpenApi(app: NestFastifyApplication, settings: Pick<Settings, 'publicUrl'>): void {
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  const document = new OpenDocument({
    type: 'application/json; charset=utf-8',
    caching: 'no-cache',
    content: () => JSON.stringify(createOpenApiDocument(app, { publicUrl: settings.publicUrl })),
  });
  // By then the routes of all modules are there, and nobody waits yet: making it keeps everything else waiting.
  instance.addHook('onReady', (done) => {
    document.prepare();
    done();
  });
  instance.get('/openapi.json', OPEN_ROUTE, (_request, reply) => document.send(reply));
  addDocsPage(instance);
}
