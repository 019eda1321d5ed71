// `node --import failing-files.mjs`: from `failFiles('link:EPERM')` on, that operation of node:fs/promises fails with that code.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

let [failing, code] = ['', ''];
globalThis.failFiles = (fault) => {
  [failing, code] = fault.split(':');
};

const handle = await fs.promises.open(process.execPath);
for (const owner of [fs.promises, Object.getPrototypeOf(handle)]) {
  for (const name of ['link', 'open', 'rename', 'sync', 'writeFile']) {
    const original = owner[name];
    if (original === undefined) continue;
    owner[name] = async function (...args) {
      if (name !== failing) return original.apply(this, args);
      throw Object.assign(new Error(`${code}: injected`), { code });
    };
  }
}
await handle.close();
syncBuiltinESMExports();
