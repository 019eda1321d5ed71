/**
 * Lets Node run the sources as they are, in a thread of its own (see `register` of node:module): TypeScript through SWC,
 * as Jest's configuration has it, and `@jest/globals` from globals.mjs. The query of a spec's address goes on to what it
 * imports, so that all of it can be loaded afresh: `loading` counts, and `spec` is there for what declares tests or hooks.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';
import jestConfig from '../../jest.config.js';

let root = '';
const swcOptions = /** @type {any} */ (jestConfig.projects[0]?.transform)?.['^.+\\.ts$'][1];
/** @type {Map<string, string>} */
const compiled = new Map();

/** @param {{ root: string }} data the folder of the packages */
export async function initialize(data) {
  root = data.root;
}

/** @type {import('node:module').ResolveHook} */
export async function resolve(specifier, context, next) {
  if (specifier === '@jest/globals') return next(pathToFileURL(join(import.meta.dirname, 'globals.mjs')).href, context);
  const parent = new URL(context.parentURL ?? 'file:///');
  const resolved = await next(sourceOf(specifier, parent), context);
  if (!isTypeScript(resolved.url) || parent.search === '') return resolved;
  const url = new URL(resolved.url);
  url.search = parent.search;
  if (!compile(fileURLToPath(url)).includes('@jest/globals')) url.searchParams.delete('spec');
  return { ...resolved, url: url.href };
}

/** @type {import('node:module').LoadHook} */
export async function load(url, context, next) {
  if (!isTypeScript(url)) return next(url, context);
  return { format: 'module', source: compile(fileURLToPath(url)), shortCircuit: true };
}

/** @param {string} url */
function isTypeScript(url) {
  const { protocol, pathname } = new URL(url);
  return protocol === 'file:' && pathname.endsWith('.ts');
}

/**
 * @param {string} specifier
 * @param {URL} parent
 */
function sourceOf(specifier, parent) {
  const [, name, entry = 'index'] = /^@sealpost\/([a-z-]+)(?:\/(node))?$/.exec(specifier) ?? [];
  if (name) return pathToFileURL(join(root, 'packages', name, 'src', `${entry}.ts`)).href;
  const isSource = specifier.startsWith('.') && isTypeScript(parent.href);
  return isSource ? specifier.replace(/\.js$/, '.ts') : specifier;
}

/** @param {string} filename */
function compile(filename) {
  const known = compiled.get(filename);
  if (known !== undefined) return known;
  const { code } = transformSync(readFileSync(filename, 'utf8'), { ...swcOptions, filename, swcrc: false });
  compiled.set(filename, code);
  return code;
}
