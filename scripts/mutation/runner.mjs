/**
 * The test runner of Stryker for our specs. Its own one for Jest loads the test files anew for every mutant, which takes
 * seconds for each of thousands; this one loads them once, and switches the mutants on and off in one process.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { register } from 'node:module';
import { pathToFileURL } from 'node:url';
import 'reflect-metadata';
import { beginFile, forgetTests, tests } from './globals.mjs';
import { tests as specs } from './parts.mjs';
import { runTests } from './run-tests.mjs';

/**
 * @typedef {import('./globals.mjs').Test} Test
 * @typedef {{ id: string, only: Set<string> | undefined, hitLimit: number | undefined }} Mutant
 * @typedef {{ status: string, killedBy?: string[], failureMessage?: string, nrOfTests?: number, reason?: string }} Outcome
 */

/** How long each test took in the first run, for the processes after the first. */
const DURATIONS = 'test-durations.json';
/** What the mutated code reads: the mutant that is switched on, and which were passed under which test. */
const context = /** @type {any} */ (globalThis.__stryker__ ??= {});

class UnitRunner {
  /** Counts how often the code was loaded: its address tells Node's modules of one time from those of another. */
  #generation = 0;
  /** Whether what is loaded is as the sources have it: nothing of it was made while a mutant was on. */
  #isClean = false;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init() {
    // Of the copy with the mutants: Stryker changes into it once it has loaded this.
    register('./hooks.mjs', import.meta.url, { data: { root: process.cwd() } });
  }

  async dryRun() {
    context.activeMutant = undefined;
    context.currentTestId = undefined;
    await this.#load();
    const results = await runTests(tests, { bail: false });
    const durations = results.map(({ test, milliseconds }) => [test.id, milliseconds]);
    writeFileSync(DURATIONS, JSON.stringify(Object.fromEntries(durations)));
    return {
      status: 'complete',
      tests: results.map(({ test, failure, milliseconds }) => ({
        id: test.id,
        name: test.id,
        fileName: test.file,
        timeSpentMs: milliseconds,
        status: failure === null ? 0 : 1,
        failureMessage: failure ?? '',
      })),
      mutantCoverage: withoutLoading(context.mutantCoverage),
    };
  }

  /**
   * @param {{ activeMutant: { id: string }, testFilter?: string[], hitLimit?: number, mutantActivation: string }} options
   * @returns {Promise<Outcome>}
   */
  async mutantRun({ activeMutant, testFilter, hitLimit, mutantActivation }) {
    const only = testFilter && new Set(testFilter);
    // Stryker gives up after a hundred times the rounds of the first run. Ten times are for ever too, and sooner.
    const mutant = { id: activeMutant.id, only, hitLimit: hitLimit && Math.ceil(hitLimit / 10) };
    if (mutantActivation === 'static') return this.#runFresh(mutant);
    if (!this.#isClean) await this.#load();
    const outcome = await this.#run(mutant);
    if (outcome.status === 'survived') return outcome;
    // A value that is left from another mutant may look like this one: that the test passes without it shows there is none.
    return (await this.#holds(outcome.killedBy)) ? outcome : this.#runFresh(mutant);
  }

  async dispose() {}

  /** @param {Mutant} mutant @returns {Promise<Outcome>} */
  async #runFresh(mutant) {
    this.#isClean = false;
    this.#activate(mutant);
    try {
      await this.#load(mutant.only);
      return await this.#run(mutant);
    } catch (error) {
      return { status: 'killed', killedBy: ['loading'], failureMessage: String(error), nrOfTests: 0 };
    } finally {
      this.#isClean = false;
      context.activeMutant = undefined;
    }
  }

  /** @param {Mutant} mutant */
  #activate({ id, hitLimit }) {
    Object.assign(context, { activeMutant: id, hitCount: hitLimit && 0, hitLimit });
  }

  /** @param {Mutant} mutant @returns {Promise<Outcome>} */
  async #run(mutant) {
    this.#activate(mutant);
    const { only } = mutant;
    const results = await runTests(quickestFirst(only ? tests.filter(({ id }) => only.has(id)) : tests), {
      bail: true,
    });
    context.activeMutant = undefined;
    return this.#outcome(results);
  }

  /** @param {import('./run-tests.mjs').Result[]} results @returns {Outcome} */
  #outcome(results) {
    const failed = results.find(({ failure }) => failure !== null);
    if (context.hitCount > context.hitLimit) return { status: 'timeout', reason: 'runs for ever', killedBy: [] };
    if (!failed) return { status: 'survived', nrOfTests: results.length };
    const failureMessage = failed.failure ?? '';
    return { status: 'killed', killedBy: [failed.test.id], failureMessage, nrOfTests: results.length };
  }

  /** Whether a test passes without the mutant. @param {string[] | undefined} killedBy */
  async #holds(killedBy = []) {
    const results = await runTests(
      tests.filter(({ id }) => killedBy.includes(id)),
      { bail: true },
    );
    this.#isClean = results.length > 0 && results.every(({ failure }) => failure === null);
    return this.#isClean;
  }

  /** @param {Set<string>} [only] ids of the tests that are needed */
  async #load(only) {
    forgetTests();
    this.#generation += 1;
    const isNeeded = (/** @type {string} */ spec) => !only || [...only].some((id) => id.startsWith(`${spec}:`));
    for (const spec of specs.flatMap(specsOf).filter(isNeeded)) {
      beginFile(spec);
      const { href } = pathToFileURL(spec);
      await import(`${href}?loading=${this.#generation}&spec=${encodeURIComponent(spec)}`);
    }
    this.#isClean = context.activeMutant === undefined && !only;
  }
}

/**
 * What is passed both while the specs are loaded and in a test is checked by the test alone, as most of it only prepares the
 * tests. Stryker would run all of them otherwise.
 * @param {{ static: Record<string, number>, perTest: Record<string, Record<string, number>> }} coverage
 */
function withoutLoading(coverage) {
  const inTests = new Set(Object.values(coverage.perTest).flatMap((passed) => Object.keys(passed)));
  const onlyLoaded = Object.entries(coverage.static).filter(([id]) => !inTests.has(id));
  return { static: Object.fromEntries(onlyLoaded), perTest: coverage.perTest };
}

/** @param {readonly Test[]} selected */
function quickestFirst(selected) {
  const durations = JSON.parse(readFileSync(DURATIONS, 'utf8'));
  return selected.toSorted((a, b) => durations[a.id] - durations[b.id]);
}

/** @param {string} path a spec, or a folder of specs */
function specsOf(path) {
  if (path.endsWith('.ts')) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.spec.ts'));
  return names.sort().map((name) => `${path}/${name}`);
}

export const strykerPlugins = [{ kind: 'TestRunner', name: 'units', factory: () => new UnitRunner() }];
