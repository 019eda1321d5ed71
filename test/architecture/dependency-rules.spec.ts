import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const PROJECT = resolve(import.meta.dirname, '../..');
const CONFIGURATION = join(PROJECT, '.dependency-cruiser.cjs');

/** A small project of the same layout that keeps every rule. */
const CLEAN: Readonly<Record<string, string>> = {
  'packages/protocol/src/index.ts': "export * from './bytes.js';",
  'packages/protocol/src/bytes.ts': 'export const LENGTH = 32;',
  'packages/client/src/index.ts': "export * from './crypto/boxes.js'; export { LENGTH } from '@sealpost/protocol';",
  'packages/client/src/crypto/boxes.ts':
    "import sodium from 'libsodium-wrappers-sumo'; export const ready = sodium.ready;",
  'packages/client/src/recovery-words.ts': "export { entropyToMnemonic } from '@scure/bip39';",
  'packages/client/src/node.ts': "import { readFileSync } from 'node:fs'; export const read = readFileSync;",
  'packages/client/src/cli.ts': "export { read } from './node.js'; export * from './index.js';",
  'src/main.ts': "import { app } from './app.js'; export const running = app;",
  'src/app.ts': "import { Keys } from './modules/keys/index.js'; export const app = Keys;",
  'src/index.ts': "export { problem } from './core/errors.js';",
  'src/core/errors.ts': "import { LENGTH } from '@sealpost/protocol'; export const problem = LENGTH;",
  'src/core/clock.ts': 'export const now = Date.now;',
  'src/core/crypto/sodium-crypto.service.ts': "export { ready } from 'libsodium-wrappers-sumo';",
  'src/core/database/pool.ts': "import pg from 'pg'; export const pool = pg.Pool;",
  'src/core/database/generated/client.ts': 'export interface Row { readonly id: string }',
  'src/modules/keys/index.ts': "export { Keys } from './keys.service.js';",
  'src/modules/keys/keys.module.ts': "export { store } from './pg-keys.repository.js';",
  'src/modules/keys/keys.service.ts': "export { chain as Keys } from './key-chain.js';",
  'src/modules/keys/key-chain.ts': "import { now } from '../../core/clock.js'; export const chain = now;",
  'src/modules/keys/pg-keys.repository.ts': "import pg from 'pg'; export const store = pg.Client;",
  'src/modules/auth/index.ts': "export { Auth } from './auth.service.js';",
  'src/modules/auth/auth.service.ts': "import { Keys } from '../keys/index.js'; export const Auth = Keys;",
  'src/modules/auth/proofs/proof.ts':
    "import { problem } from '../../../core/errors.js'; export const proof = problem;",
  'src/modules/auth/proofs/dto/proof.dto.ts': "export { ApiProperty } from '@nestjs/swagger';",
  'src/modules/auth/sessions/session.ts': "import { proof } from '../proofs/proof.js'; export const session = proof;",
  'src/modules/auth/sessions/sessions.module.ts': "export { rows } from './pg-sessions.repository.js';",
  'src/modules/auth/sessions/pg-sessions.repository.ts': "import pg from 'pg'; export const rows = pg.Client;",
  'src/modules/messages/index.ts': "export { Keys as Messages } from '../keys/index.js';",
  'examples/module.ts': "export { problem } from '../src/index.js'; export { LENGTH } from '@sealpost/protocol';",
  'test/support/tool.ts': 'export const tool = 1;',
};

/** Files that each break one rule: the rule, the file, what is in it. */
const PLANTED: readonly (readonly [rule: string, file: string, text: string])[] = [
  ['resolvable', 'src/core/nowhere.ts', "export { x } from './no-such-file.js';"],
  ['no-development-packages', 'src/core/dev.ts', "import fc from 'fast-check'; export const x = fc;"],
  ['no-test-code-in-product', 'src/core/tested.ts', "export { tool } from '../../test/support/tool.js';"],
  ['protocol-stands-alone', 'packages/protocol/src/hash.ts', "export { createHash } from 'node:crypto';"],
  ['protocol-stands-alone', 'packages/protocol/src/sodium.ts', "export { ready } from 'libsodium-wrappers-sumo';"],
  ['shared-packages-stand-alone', 'packages/file-lock/src/log.ts', "export { pino } from 'pino';"],
  ['shared-packages-stand-alone', 'packages/command-line/src/log.ts', "export { pino } from 'pino';"],
  ['client-depends-on-little', 'packages/client/src/file.ts', "export { readFile } from 'node:fs/promises';"],
  ['client-depends-on-little', 'packages/client/src/time.ts', "export { now } from '../../../src/core/clock.js';"],
  ['client-node-code-depends-on-little', 'packages/client/src/node/log.ts', "export { pino } from 'pino';"],
  ['client-core-without-node-code', 'packages/client/src/store.ts', "export { read } from './node.js';"],
  ['sdk-rooms-in-order', 'packages/client/src/trust/chain.ts', "export { pin } from '../state/pin.js';"],
  ['sdk-rooms-in-order', 'packages/client/src/state/pin.ts', "export { inbox as pin } from '../inbox/inbox.js';"],
  ['sdk-rooms-are-listed', 'packages/client/src/lounge/sofa.ts', "export * from '../crypto/boxes.js';"],
  [
    'sdk-rooms-below-their-client',
    'packages/client/src/inbox/inbox.ts',
    "export { ready as inbox } from '../index.js';",
  ],
  ['server-without-client', 'src/core/open.ts', "export { ready } from '@sealpost/client';"],
  ['core-without-modules', 'src/core/up.ts', "export { Keys } from '../modules/keys/index.js';"],
  ['modules-without-composition', 'src/modules/auth/own.service.ts', "export { app } from '../../app.js';"],
  ['modules-through-index', 'src/modules/auth/deep.service.ts', "export { Keys } from '../keys/keys.service.js';"],
  ['composition-through-index', 'src/admin/main.ts', "export { Auth } from '../modules/auth/auth.service.js';"],
  ['keys-depends-on-no-module', 'src/modules/keys/back.service.ts', "export { Auth } from '../auth/index.js';"],
  [
    'modules-depend-on-keys-only',
    'src/modules/messages/side.service.ts',
    "import { Auth } from '../auth/index.js'; export const side = Auth;",
  ],
  ['domain-is-pure', 'src/modules/keys/key-rules.ts', "export { Injectable } from '@nestjs/common';"],
  ['domain-is-pure', 'src/modules/keys/key-files.ts', "export { readFileSync } from 'node:fs';"],
  ['domain-is-pure', 'src/modules/auth/proofs/proof-rules.ts', "export { Injectable } from '@nestjs/common';"],
  ['domain-is-pure', 'src/modules/auth/sessions/session-files.ts', "export { readFileSync } from 'node:fs';"],
  ['domain-is-pure', 'src/modules/auth/sessions/session-form.ts', "export * from '../proofs/dto/proof.dto.js';"],
  [
    'database-only-in-adapters',
    'src/modules/auth/proofs/sql.service.ts',
    "import pg from 'pg'; export const x = pg.Pool;",
  ],
  [
    'adapters-behind-ports',
    'src/modules/auth/login/short.service.ts',
    "export { rows } from '../sessions/pg-sessions.repository.js';",
  ],
  ['database-only-in-adapters', 'src/modules/keys/sql.service.ts', "import pg from 'pg'; export const x = pg.Pool;"],
  ['database-only-in-adapters', 'src/core/http/db.ts', "export { PrismaClient } from '@prisma/client';"],
  [
    'database-only-in-adapters',
    'src/modules/keys/rows.service.ts',
    "export type { Row } from '../../core/database/generated/client.js';",
  ],
  ['adapters-behind-ports', 'src/modules/keys/short.service.ts', "export { store } from './pg-keys.repository.js';"],
  ['sodium-in-one-server-file', 'src/core/crypto/second.ts', "export { ready } from 'libsodium-wrappers-sumo';"],
  ['sodium-in-client-crypto', 'packages/client/src/seal.ts', "export { ready } from 'libsodium-wrappers-sumo';"],
  ['examples-use-public-faces', 'examples/inside.ts', "export { now } from '../src/core/clock.js';"],
  ['no-cycles', 'src/core/http/one.ts', "import { two } from './two.js'; export const one = (): number => two();"],
];

/** A cycle is reported at one of its files. */
const OTHER_END_OF_CYCLE = {
  'src/core/http/two.ts': "import { one } from './one.js'; export const two = (): number => one();",
};

/** No file of it is in a cycle, but two folders are. It is reported of the folders. */
const CYCLE_OF_FEATURES = {
  'src/modules/auth/erasure/erasure.service.ts': "export { entry } from '../history/entry.js';",
  'src/modules/auth/erasure/erased.ts': 'export const erased = true;',
  'src/modules/auth/history/entry.ts': 'export const entry = 1;',
  'src/modules/auth/history/history.service.ts': "export { erased } from '../erasure/erased.js';",
};
const FEATURES_IN_CYCLE = ['src/modules/auth/erasure', 'src/modules/auth/history'].map(
  (folder) => ['features-without-cycles', folder] as const,
);

/** Each rule, and the file or the folder that it stops. */
const EXPECTED = [...PLANTED.map(([rule, file]) => [rule, file] as const), ...FEATURES_IN_CYCLE];

interface Cruise {
  readonly summary: {
    readonly violations: readonly { readonly from: string; readonly rule: { readonly name: string } }[];
    readonly totalCruised: number;
  };
}

const folders: string[] = [];

function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sealpost-rules-'));
  folders.push(folder);
  for (const file of ['package.json', 'tsconfig.base.json', 'tsconfig.check.json']) {
    cpSync(join(PROJECT, file), join(folder, file));
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  return folder;
}

/** "rule in file" of every violation, sorted. */
function violationsIn(folder: string): string[] {
  const program = join(PROJECT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', CONFIGURATION, '--output-type', 'json', 'src', 'packages', 'examples'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', env: {} });
  if (stdout === '') throw new Error(stderr);
  const { summary } = JSON.parse(stdout) as Cruise;
  expect(summary.totalCruised).toBeGreaterThan(Object.keys(CLEAN).length - 2);
  return sortedSet(summary.violations.map(({ from, rule }) => `${rule.name} in ${from}`));
}

function sortedSet(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

describe('The rules about who may import whom', () => {
  let found: readonly string[] = [];

  beforeAll(() => {
    const planted = Object.fromEntries(PLANTED.map(([, file, text]) => [file, text]));
    found = violationsIn(makeProject({ ...CLEAN, ...OTHER_END_OF_CYCLE, ...CYCLE_OF_FEATURES, ...planted }));
  });

  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });

  it('the dependency rules let a project pass that keeps them', () => {
    expect(violationsIn(makeProject(CLEAN))).toEqual([]);
  });

  it.each(EXPECTED)('the dependency rules stop a violation of %s in %s', (rule, where) => {
    expect(found).toContain(`${rule} in ${where}`);
  });

  it('the dependency rules find nothing else among the planted files', () => {
    expect(found).toEqual(sortedSet(EXPECTED.map(([rule, where]) => `${rule} in ${where}`)));
  });

  it('the dependency rules are each shown to work by a planted file', () => {
    const { forbidden } = createRequire(import.meta.url)(CONFIGURATION) as { forbidden: readonly { name: string }[] };
    expect(sortedSet(EXPECTED.map(([rule]) => rule))).toEqual(sortedSet(forbidden.map(({ name }) => name)));
  });
});
