import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';

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

function send(reply: FastifyReply, type: string, body: string | Buffer): FastifyReply {
  return reply.header('content-security-policy', POLICY).header('cache-control', ASSET_CACHING).type(type).send(body);
}

/** Swagger UI at /docs. */
export function addDocsPage(instance: FastifyInstance): void {
  const directory = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const page = (reply: FastifyReply) =>
    send(reply, 'text/html; charset=utf-8', PAGE).header('cache-control', 'no-cache');
  instance.get('/docs', (_request, reply) => page(reply));
  instance.get('/docs/', (_request, reply) => reply.redirect('../docs', 308));
  instance.get('/docs/page.css', (_request, reply) => send(reply, 'text/css; charset=utf-8', STYLE));
  instance.get('/docs/page.js', (_request, reply) => send(reply, 'text/javascript; charset=utf-8', SCRIPT));
  for (const [name, type] of ASSETS) {
    let asset: Promise<Buffer> | undefined;
    instance.get(`/docs/${name}`, async (_request, reply) => {
      asset ??= readFile(join(directory, name));
      return send(reply, type, await asset);
    });
  }
}
