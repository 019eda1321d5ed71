import { join } from 'node:path';
import { mutate, part } from './parts.mjs';

const [kept, reports] = [`node_modules/.cache/mutation/${part}`, `coverage/mutation/${part}`];

/** @type {Record<string, unknown>} */
export default {
  testRunner: 'units',
  plugins: ['runner.mjs', 'unobservable.mjs'].map((file) => join(import.meta.dirname, file)),
  ignorers: ['unobservable'],
  mutate: [...mutate, '!**/*.spec.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  // Each loading of the code stays in memory.
  maxTestRunnerReuse: 300,
  // A busy machine must not count as a mutant that was found: what never ends is ended by the count of its rounds.
  timeoutMS: 25_000,
  timeoutFactor: 2,
  ignorePatterns: ['/dist', '/packages/*/dist', '/docs', '/bench', '/data', '/examples', '/prisma', '/deploy'],
  tempDirName: `${kept}/sandbox`,
  reporters: ['progress-append-only', 'clear-text', 'json', 'html'],
  jsonReporter: { fileName: `${reports}.json` },
  htmlReporter: { fileName: `${reports}.html` },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  disableTypeChecks: false,
};
