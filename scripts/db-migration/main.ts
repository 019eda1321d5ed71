// npm run db:migration -- <name>: writes the next migration from prisma/schema.prisma, on a database of its own.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { EmbeddedPostgres } from '../../src/core/database/embedded/embedded-postgres.js';
import { writeMigration } from './write-migration.js';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function run(name: string): Promise<string> {
  const schema = await readFile(resolve('prisma/schema.prisma'), 'utf8');
  const dataDir = await mkdtemp(join(tmpdir(), 'sealpost-migration-'));
  try {
    const database = await EmbeddedPostgres.start({ dataDir, maxConnections: 20, log: silent });
    try {
      const file = await writeMigration(database.administration, schema, resolve('prisma/migrations'), name);
      if (file === null) return 'The migrations and prisma/schema.prisma agree: there is nothing to write.';
      return `Wrote ${relative('.', file)}. Read it, then start the server: it applies it.`;
    } finally {
      await database.stop();
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

const [name = ''] = process.argv.slice(2);
if (/^[a-z0-9]+(?:[_-][a-z0-9]+)*$/.test(name)) {
  process.stdout.write(`${await run(name)}\n`);
} else {
  process.stderr.write(
    'Give the migration a name of small letters, digits and "_": npm run db:migration -- add_devices\n',
  );
  process.exitCode = 1;
}
