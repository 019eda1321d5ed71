import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Once for each run of Jest: where its test files share what is dear to make (see data-folder.ts). */
export default async function setUp() {
  process.env.SEALPOST_TEST_SHARED = await mkdtemp(join(tmpdir(), 'sealpost-shared-'));
}
