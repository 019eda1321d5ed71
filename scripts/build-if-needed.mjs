// Builds the server unless the last build was made from exactly these sources, so that a second start takes seconds.
// --mark notes that a build was just made; --check tells by the exit code whether the build is current.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = join(root, 'dist', '.built-from');
const inputs = [
  'src',
  'packages/protocol/src',
  'packages/file-lock/src',
  'packages/command-line/src',
  'packages/client/src',
  'packages/protocol/tsconfig.json',
  'packages/file-lock/tsconfig.json',
  'packages/command-line/tsconfig.json',
  'packages/client/tsconfig.json',
  'prisma/schema.prisma',
  'nest-cli.json',
  'package-lock.json',
  'tsconfig.base.json',
  'tsconfig.build.json',
  'tsconfig.json',
];
const packages = ['protocol', 'file-lock', 'command-line', 'client'];
const outputs = ['dist/main.js', ...packages.map((name) => `packages/${name}/dist/index.js`)];

const [mode] = process.argv.slice(2);
const fingerprint = fingerprintOf(inputs);
if (mode === '--mark') {
  writeFileSync(stampFile, fingerprint);
} else if (mode === '--check') {
  process.exitCode = isCurrent(fingerprint) ? 0 : 1;
} else if (!isCurrent(fingerprint)) {
  refuseOldNode();
  console.log('Building Sealpost (only after a change) …');
  build();
  // Of the sources as they were before: what changed meanwhile is built next time.
  writeFileSync(stampFile, fingerprint);
}

/** @param {string} current */
function isCurrent(current) {
  const built = outputs.every((file) => existsSync(join(root, file))) && existsSync(stampFile);
  return built && readFileSync(stampFile, 'utf8') === current;
}

/** @param {string[]} paths */
function fingerprintOf(paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesOf(join(root, path)))) {
    const content = createHash('sha256').update(readFileSync(file)).digest('hex');
    hash.update(`${relative(root, file)} ${content}\n`);
  }
  return hash.digest('hex');
}

/**
 * Tests are not built, and generated sources follow from the schema.
 * @param {string} path
 * @returns {string[]}
 */
function filesOf(path) {
  if (!existsSync(path) || /\.spec\.ts$|[/\\]generated$/.test(path)) return [];
  if (/\.[a-z]+$/.test(path)) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesOf(join(path, name)));
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const supported = (major === 20 && minor >= 19) || (major === 22 && minor >= 13) || major >= 24;
  if (supported) return;
  console.error(`Sealpost needs Node.js 20.19, 22.13, 24 or later; this is ${process.versions.node}.`);
  process.exit(1);
}

function build() {
  if (!existsSync(join(root, 'node_modules', 'typescript'))) {
    console.error('The dependencies are not installed. Run "npm ci" first.');
    process.exit(1);
  }
  const result = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  console.error(`The build failed.\n${result.stdout ?? ''}${result.stderr ?? ''}`);
  process.exit(1);
}
