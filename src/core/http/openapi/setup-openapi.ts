import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../config/index.js';
import { addDocsPage } from './docs-page.js';
import { createOpenApiDocument } from './openapi-document.js';

/** Serves the OpenAPI document at /openapi.json and Swagger UI at /docs, both without an access token. */
export function setupOpenApi(app: NestFastifyApplication, settings: Pick<Settings, 'publicUrl'>): void {
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  // Made when it is first asked for: by then the routes of all modules are there.
  let document: string | undefined;
  instance.get('/openapi.json', (_request, reply) => {
    document ??= JSON.stringify(createOpenApiDocument(app, { publicUrl: settings.publicUrl }));
    return reply.type('application/json; charset=utf-8').send(document);
  });
  addDocsPage(instance);
}
