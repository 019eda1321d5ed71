import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { settingsDocument } from './settings-document.js';
import { SETTINGS_TABLE } from './settings-table.js';

describe('docs/configuration.md', () => {
  it('docs/configuration.md says what the code says (run "npm run docs:configuration" after a change)', async () => {
    expect(await readFile('docs/configuration.md', 'utf8')).toBe(settingsDocument());
  });

  it('docs/configuration.md describes every setting', () => {
    for (const { variable } of Object.values(SETTINGS_TABLE)) {
      expect(settingsDocument()).toContain(`### \`${variable}\``);
    }
  });
});
