import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const PROJECT = resolve(import.meta.dirname, '../..');

describe('The surface of the SDK', () => {
  it('the surface of the SDK is what docs/api says, so that nothing of it changes unseen', () => {
    const check = spawnSync(process.execPath, ['scripts/docs-api.mjs', '--check'], { cwd: PROJECT, encoding: 'utf8' });
    expect(check).toMatchObject({ status: 0, stdout: 'docs/api is up to date\n' });
  });
});
