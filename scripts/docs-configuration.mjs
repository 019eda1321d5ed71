// Writes docs/configuration.md from the table of settings. Needs a build.
import { writeFile } from 'node:fs/promises';

const built = new URL('../dist/core/config/settings-document.js', import.meta.url);
const { settingsDocument } = await import(built.href);

await writeFile(new URL('../docs/configuration.md', import.meta.url), settingsDocument());
console.log('Wrote docs/configuration.md');
