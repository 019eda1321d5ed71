import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StartError } from '../../start-error.js';

export interface MigrationFile {
  /** The folder's name: a time and a word, in the order of which migrations are applied. */
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file in hex, as Prisma keeps it. */
  readonly checksum: string;
}

/** prisma/migrations of the package, found from src as well as from dist. */
export function packagedMigrations(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const migrations = join(folder, 'prisma', 'migrations');
    if (existsSync(migrations)) return migrations;
    if (folder === dirname(folder))
      throw new StartError('The folder prisma/migrations is missing from the installation.');
  }
}

export async function readMigrations(folder: string): Promise<MigrationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const content = await readFile(join(folder, name, 'migration.sql'));
      const checksum = createHash('sha256').update(content).digest('hex');
      return { name, sql: content.toString('utf8'), checksum };
    }),
  );
}
