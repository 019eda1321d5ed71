import { rm } from 'node:fs/promises';

export default async function tearDown() {
  const folder = process.env.SEALPOST_TEST_SHARED;
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
