// Writes what the SDK exports, every class, method and type of it, to docs/api from the declarations of the build, or with
// --check tells whether docs/api says what they say. Needs a build.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';

const ROOT = resolve(import.meta.dirname, '..');
const CLIENT = join(ROOT, 'packages/client');
const ENTRIES = { client: 'index', 'client-node': 'node' };
/** Where types come from inside, and what everything here is or lacks: none of it is part of the surface. */
const NOISE = /^(import .*| *\/\/ (@public.*|\(undocumented\)))\n/gm;

/** Only a report is made. What it would say of comments and of types that are not exported is not its job here. */
function configOf(entry, name, folder) {
  return ExtractorConfig.prepare({
    configObject: {
      projectFolder: CLIENT,
      mainEntryPointFilePath: join(CLIENT, 'dist', `${entry}.d.ts`),
      newlineKind: 'lf',
      compiler: { tsconfigFilePath: join(CLIENT, 'tsconfig.json') },
      apiReport: { enabled: true, reportFileName: name, reportFolder: folder, reportTempFolder: join(folder, 'temp') },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(CLIENT, 'package.json'),
  });
}

async function reportOf(entry, name) {
  const folder = await mkdtemp(join(tmpdir(), 'sealpost-api-'));
  try {
    const quiet = (message) => (message.handled = message.logLevel !== ExtractorLogLevel.Error);
    const { succeeded } = Extractor.invoke(configOf(entry, name, folder), { localBuild: true, messageCallback: quiet });
    if (!succeeded) throw new Error(`The declarations of ${entry} cannot be read`);
    return (await readFile(join(folder, `${name}.api.md`), 'utf8')).replaceAll(NOISE, '');
  } finally {
    await rm(folder, { recursive: true });
  }
}

const check = process.argv.includes('--check');
const changed = [];
for (const [name, entry] of Object.entries(ENTRIES)) {
  const path = join(ROOT, 'docs/api', `${name}.api.md`);
  const report = await reportOf(entry, name);
  if (report === (await readFile(path, 'utf8').catch(() => ''))) continue;
  changed.push(`docs/api/${name}.api.md`);
  if (!check) await writeFile(path, report);
}
if (changed.length === 0) console.log('docs/api is up to date');
else console.log(check ? `Out of date: ${changed.join(', ')}. Run npm run docs:api` : `Wrote ${changed.join(', ')}`);
process.exitCode = check && changed.length > 0 ? 1 : 0;
