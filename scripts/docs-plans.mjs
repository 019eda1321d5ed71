// Writes docs/plans.md by the test that compares it.
import { spawnSync } from 'node:child_process';

const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    'test/database/plans.spec.ts',
  ],
  { stdio: 'inherit', cwd: new URL('..', import.meta.url), env: { ...process.env, UPDATE_PLANS: 'true' } },
);
process.exitCode = status ?? 1;
