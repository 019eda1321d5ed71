#!/usr/bin/env node
/**
 * Changes the code in thousands of small ways, and tells which changes no test notices: `npm run test:mutation`.
 *
 *   npm run test:mutation                 all parts (parts.mjs), one after the other
 *   npm run test:mutation -- protocol     one of them
 *
 * By hand, not in `npm test`: it takes a while. Stryker is fetched at its first use, and lies in node_modules/.cache: it
 * would bring every `npm ci` 168 packages and 65 MB that nothing else needs.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PARTS } from './parts.mjs';

// Of the last major version that runs on Node 20.
const STRYKER = '@stryker-mutator/core@9.6.1';

process.chdir(resolve(import.meta.dirname, '../..'));
const home = resolve('node_modules/.cache/stryker');
const program = join(home, 'node_modules/@stryker-mutator/core/bin/stryker.js');

/** @param {string[]} args @param {NodeJS.ProcessEnv} [env] */
function run(command, args, env) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
}

function install() {
  if (existsSync(program)) return;
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--prefix', home, '--no-audit', '--no-fund', '--ignore-scripts', STRYKER]);
}

const args = process.argv.slice(2);
const options = args.filter((arg) => arg.startsWith('--'));
const asked = args.filter((arg) => !arg.startsWith('--'));
const unknown = asked.find((part) => !(part in PARTS));
if (unknown !== undefined) throw new Error(`There is no part ${unknown}: ${Object.keys(PARTS).join(', ')}`);

install();
for (const part of asked.length > 0 ? asked : Object.keys(PARTS)) {
  run(process.execPath, [program, 'run', 'scripts/mutation/stryker.config.mjs', ...options], { MUTATED_PART: part });
}
