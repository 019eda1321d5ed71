/** What the specs take from `@jest/globals`, for runner.mjs: Jest's own `expect` and mocks, and a tree of the tests. */
import { createRequire } from 'node:module';
import { format } from 'node:util';

const jestRequire = createRequire(import.meta.resolve('@jest/globals'));
export const expect = jestRequire('@jest/expect').jestExpect;
const { ModuleMocker } = jestRequire('jest-mock');
export const jest = new ModuleMocker(globalThis);

/**
 * @typedef {() => unknown} Body
 * @typedef {{ id: string, file: string, suite: Suite, body: Body }} Test
 * @typedef {{ name: string, parent: Suite | null, beforeAll: Body[], afterAll: Body[], beforeEach: Body[], afterEach: Body[] }} Suite
 */

/** @type {Test[]} */
export let tests = [];
/** @type {Suite} */
let current = suiteOf('', null);
let currentFile = '';

/** @param {string} name @param {Suite | null} parent @returns {Suite} */
function suiteOf(name, parent) {
  return { name, parent, beforeAll: [], afterAll: [], beforeEach: [], afterEach: [] };
}

export function forgetTests() {
  tests = [];
}

/** What is declared from now on is of this file. @param {string} file */
export function beginFile(file) {
  currentFile = file;
  current = suiteOf(file, null);
}

/** @param {(name: string, ...rest: any[]) => void} declare */
function withEach(declare) {
  const each = (/** @type {readonly any[]} */ rows) => (/** @type {string} */ name, /** @type {any} */ body) => {
    for (const row of rows) {
      const values = Array.isArray(row) ? row : [row];
      const title = format(name.replaceAll('%p', '%j'), ...values).replaceAll(/\$(\w+)/g, (_, key) => String(row[key]));
      declare(title, () => body(...values));
    }
  };
  return Object.assign(declare, { each });
}

export const describe = withEach((name, body) => {
  const outer = current;
  current = suiteOf(name, outer);
  body();
  current = outer;
});

export const it = withEach((name, body) => {
  const names = [name];
  for (let suite = current; suite.parent !== null; suite = suite.parent) names.unshift(suite.name);
  const id = `${currentFile}: ${names.join(' ')}`;
  const repeated = tests.filter((test) => test.id === id || test.id.startsWith(`${id} (`)).length;
  tests.push({ id: repeated === 0 ? id : `${id} (${repeated + 1})`, file: currentFile, suite: current, body });
});

export const beforeAll = (/** @type {Body} */ body) => current.beforeAll.push(body);
export const afterAll = (/** @type {Body} */ body) => current.afterAll.unshift(body);
export const beforeEach = (/** @type {Body} */ body) => current.beforeEach.push(body);
export const afterEach = (/** @type {Body} */ body) => current.afterEach.unshift(body);
