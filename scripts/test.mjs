#!/usr/bin/env node
/**
 * The whole verdict on a checkout: `npm test`.
 *
 *   npm test                   builds, every check, every test
 *   npm test -- <pattern>...   builds, then only the test files whose path matches
 *   npm test -- --unit         builds, then the tests of single units, beside the code: npm run test:unit
 *   npm test -- --external     builds, then the tests of the server's database, on the PostgreSQL of TEST_DATABASE_URL
 *
 * Prints a line for each step, the output of those that failed, and as its last line "N passed, N failed".
 */
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readJestResult } from './testing/jest-result.mjs';
import { endRunningSteps, runSteps } from './testing/run-step.mjs';

const CONCURRENCY = 2;
const JEST_TIMEOUT_MS = 45 * 60_000;
/** What may depend on which PostgreSQL the server has, see CONTRIBUTING.md. */
const SERVER_TESTS = ['test/e2e/', 'test/attacks/', 'test/database/(?!embedded)'];

process.chdir(resolve(import.meta.dirname, '..'));
const scratch = mkdtempSync(join(scratchParent(), 'sealpost-tests-'));
// An embedded database that root starts runs as another user, who must pass through.
chmodSync(scratch, 0o711);
const resultFile = join(scratch, 'jest.json');

/** @type {import('./testing/run-step.mjs').Step[]} */
const CHECKS = [
  { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '.', '--max-warnings', '0'], after: ['build'] },
  { name: 'types', command: ['npm', 'run', '--silent', 'types'], after: ['build'] },
  { name: 'format', command: ['npm', 'run', '--silent', 'format:check'] },
  { name: 'dependency rules', command: ['npm', 'run', '--silent', 'lint:dependencies'], after: ['build'] },
  { name: 'dead code', command: ['npm', 'run', '--silent', 'lint:dead-code'], after: ['build'] },
  { name: 'openapi', command: ['npm', 'run', '--silent', 'lint:openapi'], after: ['build'] },
];

/**
 * In memory, where there is plenty of it: a database waits for the disk at each change, and these are thrown away. All
 * tests together need less than a tenth of what is asked for.
 */
function scratchParent() {
  const [memory, enough] = ['/dev/shm', 8 * 1024 ** 3];
  try {
    // Tests run programs there.
    const isRunnable = !/^\S+ \/dev\/shm \S+ \S*\bnoexec\b/m.test(readFileSync('/proc/mounts', 'utf8'));
    if (process.env.TMPDIR || !isRunnable) return tmpdir();
    accessSync(memory, constants.W_OK);
    const { bavail, bsize } = statfsSync(memory);
    return Math.min(bavail * bsize, freemem(), process.constrainedMemory() || Infinity) >= enough ? memory : tmpdir();
  } catch {
    return tmpdir();
  }
}

function planSteps(patterns, { external, unit }) {
  const build = { name: 'build', command: ['scripts/build-if-needed.mjs'] };
  const only = [...(external ? SERVER_TESTS : patterns), ...(unit ? ['--selectProjects', 'unit'] : [])];
  const checks = only.length > 0 ? [] : CHECKS;
  const jest = {
    name: external ? 'tests, external database' : unit ? 'tests of units' : 'tests',
    command: ['node_modules/jest/bin/jest.js', '--json', `--outputFile=${resultFile}`, ...only],
    // Alone, as they use both cores and measure time; but also where a check found something.
    after: ['build'],
    env: {
      NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning',
      // Whatever a test that was ended leaves behind goes with this folder.
      TMPDIR: scratch,
    },
    timeoutMs: JEST_TIMEOUT_MS,
  };
  return { first: [build, ...checks], jest };
}

function reportStep(step, { status, seconds, output }) {
  const word = { passed: 'ok', failed: 'FAILED', skipped: 'skipped' }[status];
  console.log(`${word.padEnd(8)}${step.name.padEnd(28)}${seconds.toFixed(1).padStart(7)} s`);
  if (status === 'failed') console.log(indent(output));
}

function indent(text) {
  return text.trimEnd().replace(/^/gm, '    ');
}

async function runTests(jest, built) {
  if (!built) {
    reportStep(jest, { status: 'skipped', seconds: 0, output: '' });
    return { passed: 0, failed: 1, skipped: 0 };
  }
  let result = { passed: 0, failed: 1, skipped: 0, failures: '' };
  await runSteps([{ ...jest, after: [] }], 1, (step, outcome) => {
    result = readJestResult(resultFile, outcome);
    const counts = `${result.passed} passed, ${result.failed} failed`;
    const status = result.failed === 0 ? outcome.status : 'failed';
    reportStep({ ...step, name: `${step.name}: ${counts}` }, { ...outcome, status, output: result.failures });
  });
  return result;
}

async function main() {
  const args = process.argv.slice(2);
  const [external, unit] = [args.includes('--external'), args.includes('--unit')];
  if (external && !process.env.TEST_DATABASE_URL) {
    throw new Error('--external needs TEST_DATABASE_URL, the address of a PostgreSQL whose user may create databases');
  }
  const { first, jest } = planSteps(
    args.filter((arg) => arg !== '--external' && arg !== '--unit'),
    { external, unit },
  );
  const byName = await runSteps(first, CONCURRENCY, reportStep);
  const tests = await runTests(jest, byName.get('build')?.status === 'passed');
  const outcomes = [...byName.values()];
  const passed = tests.passed + outcomes.filter(({ status }) => status === 'passed').length;
  const failed = tests.failed + outcomes.filter(({ status }) => status !== 'passed').length;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  return { failed, line: `${passed} passed, ${failed} failed${skipped}` };
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    endRunningSteps();
    process.exit(1);
  });
}
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 3 }));

main()
  .catch((error) => ({ failed: 1, line: `${error.stack}\n0 passed, 1 failed` }))
  .then(({ failed, line }) => {
    console.log(line);
    process.exitCode = failed === 0 ? 0 : 1;
  });
