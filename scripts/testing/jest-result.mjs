import { readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';

/**
 * @typedef {object} JestResult
 * @property {number} passed
 * @property {number} failed
 * @property {number} skipped
 * @property {string} failures  what failed and why, file by file
 */

/**
 * Reads the file that Jest's `--json --outputFile` wrote. A test file that could not even be loaded counts as one
 * failed test; so does a run that ended badly although every test in it passed, or that left no result.
 * @param {string} file
 * @param {{ status: string, output: string }} outcome  of the process
 * @returns {JestResult}
 */
export function readJestResult(file, outcome) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: `Jest left no result.\n${outcome.output}` };
  } finally {
    rmSync(file, { force: true });
  }
  const broken = report.testResults.filter((suite) => suite.status === 'failed');
  const unloadable = broken.filter((suite) => suite.assertionResults.every((test) => test.status !== 'failed'));
  const failed = report.numFailedTests + unloadable.length;
  const endedBadly = failed === 0 && outcome.status !== 'passed';
  return {
    passed: report.numPassedTests,
    failed: endedBadly ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: endedBadly
      ? outcome.output
      : broken.map((suite) => `${relative(process.cwd(), suite.name)}\n${suite.message}`).join('\n'),
  };
}
