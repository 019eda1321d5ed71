import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../../config/index.js';
import { OpenDocument, type OpenDocumentOptions } from '../open-document.js';
import { OPEN_ROUTE } from '../route-options.js';
import { createOpenApiDocument } from './openapi-document.js';

/** Everything comes from this server, nothing runs inline, and the page talks to this server only. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Addresses are relative to /docs, so that the page also works behind a proxy that adds a path. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sealpost</title>
    <link rel="icon" type="image/png" href="docs/favicon-32x32.png" sizes="32x32">
    <link rel="stylesheet" href="docs/swagger-ui.css">
    <link rel="stylesheet" href="docs/page.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="docs/swagger-ui-bundle.js"></script>
    <script src="docs/page.js"></script>
  </body>
</html>
`;

const STYLE = 'body { margin: 0; background: #fafafa; }\n';

const SCRIPT = `window.ui = SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayOperationId: true,
  layout: 'BaseLayout',
  presets: [SwaggerUIBundle.presets.apis],
});
`;

const ASSETS: ReadonlyMap<string, string> = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
  ['favicon-32x32.png', 'image/png'],
]);

/** The assets change with the version of Swagger UI only. */
const ASSET_CACHING = 'public, max-age=3600';

function serve(instance: FastifyInstance, path: string, document: Omit<OpenDocumentOptions, 'headers'>): void {
  const served = new OpenDocument({ ...document, headers: { 'content-security-policy': POLICY } });
  instance.get(path, OPEN_ROUTE, (_request, reply) => served.send(reply));
}

/** Swagger UI at /docs. */
export function addDocsPage(instance: FastifyInstance): void {
  const directory = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  serve(instance, '/docs', { type: 'text/html; charset=utf-8', caching: 'no-cache', content: () => PAGE });
  instance.get('/docs/', OPEN_ROUTE, (_request, reply) => reply.redirect('../docs', 308));
  const caching = ASSET_CACHING;
  serve(instance, '/docs/page.css', { type: 'text/css; charset=utf-8', caching, content: () => STYLE });
  serve(instance, '/docs/page.js', { type: 'text/javascript; charset=utf-8', caching, content: () => SCRIPT });
  for (const [name, type] of ASSETS) {
    serve(instance, `/docs/${name}`, { type, caching, content: () => readFile(join(directory, name)) });
  }
}

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
