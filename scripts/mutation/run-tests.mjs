/**
 * @typedef {import('./globals.mjs').Test} Test
 * @typedef {import('./globals.mjs').Suite} Suite
 * @typedef {{ test: Test, failure: string | null, milliseconds: number }} Result
 */

/** Where the mutated code notes which test passes it. */
const context = /** @type {any} */ (globalThis.__stryker__ ??= {});

/**
 * Runs tests one after the other, with the hooks around them.
 * @param {readonly Test[]} tests
 * @param {{ bail: boolean }} options bail: ends with the first that fails
 * @returns {Promise<Result[]>}
 */
export async function runTests(tests, { bail }) {
  /** @type {Result[]} */
  const results = [];
  /** @type {Map<Suite, string | null>} */
  const opened = new Map();
  for (const test of tests) {
    const start = performance.now();
    let failure = null;
    for (const suite of pathOf(test.suite)) failure ??= await open(suite, opened);
    context.currentTestId = test.id;
    if (failure === null) failure = await runOne(test);
    context.currentTestId = undefined;
    results.push({ test, failure, milliseconds: performance.now() - start });
    if (failure !== null && bail) break;
  }
  for (const suite of [...opened.keys()].reverse()) await runAll(suite.afterAll);
  shareCoverage(tests);
  return results;
}

/** @param {Test} test */
async function runOne({ suite, body }) {
  const path = pathOf(suite);
  let failure = await runAll(path.flatMap(({ beforeEach }) => beforeEach));
  failure ??= await runAll([body]);
  const after = await runAll(path.toReversed().flatMap(({ afterEach }) => afterEach));
  return failure ?? after;
}

/** @param {Suite} suite @param {Map<Suite, string | null>} opened */
async function open(suite, opened) {
  if (!opened.has(suite)) {
    context.currentTestId = hookId(suite);
    opened.set(suite, await runAll(suite.beforeAll));
  }
  return opened.get(suite) ?? null;
}

/** @param {readonly (() => unknown)[]} bodies @returns {Promise<string | null>} the failure */
async function runAll(bodies) {
  try {
    for (const body of bodies) await body();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What hooks that ran once have passed, each of the tests under them has. @param {readonly Test[]} tests */
function shareCoverage(tests) {
  const perTest = context.mutantCoverage?.perTest;
  if (!perTest) return;
  for (const test of tests) {
    for (const suite of pathOf(test.suite)) {
      const own = (perTest[test.id] ??= {});
      for (const [id, count] of Object.entries(perTest[hookId(suite)] ?? {})) own[id] = (own[id] ?? 0) + count;
    }
  }
  for (const test of tests) for (const suite of pathOf(test.suite)) delete perTest[hookId(suite)];
}

/** @param {Suite} suite */
const hookId = (suite) =>
  `before: ${pathOf(suite)
    .map(({ name }) => name)
    .join(' ')}`;

/** From the outermost suite to this one. @param {Suite} suite @returns {Suite[]} */
function pathOf(suite) {
  return suite.parent === null ? [suite] : [...pathOf(suite.parent), suite];
}
