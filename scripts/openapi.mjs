// Writes the OpenAPI document of the built server, without a database: to standard output, or with --lint through
// Redocly's linter. Run by `npm run openapi` and `npm run lint:openapi`, which build first.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import 'reflect-metadata';

const project = dirname(dirname(fileURLToPath(import.meta.url)));
const { createAppForDocument } = await import('../dist/app.js');
const { createOpenApiDocument } = await import('../dist/core/http/index.js');

const app = await createAppForDocument();
const document = `${JSON.stringify(createOpenApiDocument(app), null, 2)}\n`;

if (!process.argv.includes('--lint')) {
  process.stdout.write(document, () => process.exit(0));
} else {
  const folder = join(project, 'node_modules/.cache/sealpost');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'openapi.json');
  writeFileSync(file, document);
  const cli = createRequire(import.meta.url).resolve('@redocly/cli/bin/cli.js');
  const { status } = spawnSync(process.execPath, [cli, 'lint', '--config', join(project, 'redocly.yaml'), file], {
    stdio: 'inherit',
    // Neither statistics nor a look for updates: the check works without the internet.
    env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
  });
  process.exit(status ?? 1);
}
