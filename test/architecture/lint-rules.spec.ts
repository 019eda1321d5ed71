import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';

/** Without the rules that need types: what is asked here is who may write what, not whether types are sound. */
const eslint = new ESLint({
  cwd: resolve(import.meta.dirname, '../..'),
  overrideConfig: [
    { files: ['**/*.ts'], ...tseslint.configs.disableTypeChecked },
    { files: ['**/*.ts'], languageOptions: { parserOptions: { project: null } } },
  ],
});

async function findingsIn(filePath: string, code: string): Promise<string> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath });
  return (result?.messages ?? []).map(({ ruleId, message }) => `${ruleId ?? 'syntax'}: ${message}`).join('\n');
}

const SERVICE = 'src/modules/keys/keys.service.ts';
const SODIUM = "export { ready } from 'libsodium-wrappers-sumo';";
const LONG_FUNCTION = `export function long(): void {\n${'  globalThis.gc?.();\n'.repeat(41)}}`;

describe('The linter', () => {
  it.each([
    ['the environment', SERVICE, 'export const home = process.env;', /Only src\/core\/config reads the environment/],
    ['predictable numbers', SERVICE, 'export const dice = Math.random();', /use randomBytes or randomInt/],
    ['tolerant base64', SERVICE, "export const b = Buffer.from('', 'base64url');", /use decodeBase64Url/],
    ['libsodium', SERVICE, SODIUM, /ask CryptoService/],
    ['Node in the SDK', 'packages/client/src/index.ts', 'export const b = Buffer.alloc(1);', /runs in browsers too/],
    ['Node in the protocol', 'packages/protocol/src/index.ts', 'export const p = process.pid;', /runs in browsers too/],
    [
      'errors without a code',
      'packages/client/src/index.ts',
      "throw new Error('x');",
      /Whatever the SDK throws has a code/,
    ],
    ['loose equality', SERVICE, 'export const same = (a: unknown): boolean => a == 1;', /eqeqeq/],
    ['any', SERVICE, 'export const loose: any = 1;', /no-explicit-any/],
    ['printing', SERVICE, "console.log('x');", /no-console/],
    ['long functions', SERVICE, LONG_FUNCTION, /max-lines-per-function/],
    ['long files', SERVICE, '\n'.repeat(301), /max-lines/],
    ['unfinished work', SERVICE, '// todo: later', /no-warning-comments/],
    ['silenced types', SERVICE, '// @ts-expect-error: because it is so\nexport const n: number = 1;', /ban-ts-comment/],
    ['tests without a subject', 'test/e2e/story.spec.ts', "it('is refused', () => 1);", /what it is about/],
    ['tables of them', 'test/e2e/story.spec.ts', "it.each([1])('refuses %s', () => 1);", /what it is about/],
    ['silenced rules', SERVICE, '/* eslint-disable */\nexport const loose: any = 1;', /no-explicit-any/],
  ])('the linter refuses %s in %s', async (_what, file, code, finding) => {
    expect(await findingsIn(file, code)).toMatch(finding);
  });

  it.each([
    ['the environment', 'src/core/config/load-settings.ts', 'export const home = process.env;'],
    ['libsodium', 'packages/client/src/crypto/sodium.ts', SODIUM],
    ['tests with a subject', 'test/e2e/story.spec.ts', "it('a message is kept', () => 1);"],
    ['printing', 'src/main.ts', "console.log('x');"],
    ['long functions', 'test/e2e/story.spec.ts', LONG_FUNCTION],
  ])('the linter allows %s in %s', async (_what, file, code) => {
    expect(await findingsIn(file, code)).toBe('');
  });
});
