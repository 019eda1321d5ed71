import { availableParallelism } from 'node:os';

/** @type {import('jest').Config} */
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2023',
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  moduleNameMapper: {
    '^@sealpost/(protocol|file-lock|command-line|client)$': '<rootDir>/packages/$1/src/index.ts',
    '^@sealpost/client/node$': '<rootDir>/packages/client/src/node.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/packages/.*/dist'],
};

/**
 * `unit` runs the sources. `e2e` holds everything that looks at the product from outside: it talks to the built server
 * in a process of its own, so `npm run build` comes first.
 */
export default {
  // One more than cores: a test waits for servers, databases and timers for a third of its time.
  maxWorkers: Math.min(4, availableParallelism() + 1),
  // A busy machine must not fail a test; one that hangs must still end.
  testTimeout: 180_000,
  projects: [
    {
      ...base,
      displayName: 'unit',
      setupFiles: ['reflect-metadata'],
      testMatch: [
        '<rootDir>/src/**/*.spec.ts',
        '<rootDir>/packages/*/src/**/*.spec.ts',
        '<rootDir>/bench/**/*.spec.mjs',
      ],
    },
    {
      ...base,
      displayName: 'e2e',
      globalSetup: '<rootDir>/test/support/global-setup.mjs',
      globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
      testMatch: ['<rootDir>/test/**/*.spec.ts', '<rootDir>/examples/**/*.spec.ts'],
    },
  ],
};
