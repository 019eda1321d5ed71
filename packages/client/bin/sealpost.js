#!/usr/bin/env node
// Exists before the first build, so that npm links it as a command; what it runs is built by `npm run build`.
import { existsSync } from 'node:fs';

const program = new URL('../dist/cli.js', import.meta.url);
if (existsSync(program)) {
  await import(program.href);
} else {
  console.error('sealpost is not built yet: run `npm run build` first.');
  process.exitCode = 1;
}
