import { join, resolve } from 'node:path';
import type { SettingsTable } from './setting-definition.js';
import { hostName, httpUrl, integer, path, postgresUrl, serviceIdentifier } from './setting-values.js';

const EMBEDDED_SERVICE_ID = 'sealpost.localhost';

export const serviceSettings = {
  host: {
    variable: 'SEALPOST_HOST',
    group: 'service',
    parser: hostName,
    fallback: () => '127.0.0.1',
    description:
      'The address to listen on. The default is reachable from this machine only; `0.0.0.0` is every IPv4 interface, ' +
      '`::` every interface.',
    example: '0.0.0.0',
  },
  port: {
    variable: 'SEALPOST_PORT',
    elsewhere: 'PORT',
    group: 'service',
    parser: integer(0, 65_535),
    fallback: () => 8080,
    description:
      'The TCP port to listen on. `0` takes any free one; the start message names it. Platforms that choose the port name ' +
      'it in `PORT`; there `SEALPOST_HOST` has to be an address that they reach, too.',
    example: '8443',
  },
  publicUrl: {
    variable: 'SEALPOST_PUBLIC_URL',
    group: 'service',
    parser: httpUrl,
    fallback: () => undefined,
    fallbackText: 'the address the server listens on',
    description:
      'Where clients reach the service, when that differs from host and port, as it does behind a proxy. With it, ' +
      '`SEALPOST_SERVICE_ID` must be set too.',
    example: 'https://msg.example',
  },
  databaseUrl: {
    variable: 'DATABASE_URL',
    group: 'database',
    parser: postgresUrl,
    fallback: () => undefined,
    fallbackText: 'an embedded PostgreSQL in the data folder',
    description: 'The PostgreSQL to use. With it, `SEALPOST_SERVICE_ID` must be set too.',
    example: 'postgresql://sealpost:change-me@db.example:5432/sealpost',
    secret: true,
  },
  serviceId: {
    variable: 'SEALPOST_SERVICE_ID',
    group: 'service',
    parser: serviceIdentifier,
    fallback: () => EMBEDDED_SERVICE_ID,
    fallbackText: `\`${EMBEDDED_SERVICE_ID}\` with the embedded database and without a public address, otherwise required`,
    description:
      'The stable logical name of the service. Every signature and every password derivation contains it: another one ' +
      'locks all existing accounts out, so a server refuses to start with another one than its database was made for ' +
      '([operations.md](operations.md#the-name-of-the-service)). Clients are configured with the same name.',
    example: 'msg.example',
  },
  dataDir: {
    variable: 'SEALPOST_DATA_DIR',
    group: 'operation',
    parser: path,
    fallback: () => resolve('data'),
    fallbackText: '`./data`',
    description: "The folder of the embedded database and of the server's secrets.",
    example: '/var/lib/sealpost',
  },
  secretsFile: {
    variable: 'SEALPOST_SECRETS_FILE',
    group: 'operation',
    parser: path,
    fallback: ({ dataDir }) => join(dataDir ?? resolve('data'), 'secrets.json'),
    fallbackText: '`secrets.json` in the data folder',
    description:
      "The file of the server's own secrets, made at the first start and readable by its owner only. All replicas of " +
      'one service need the same file. See [The secrets file](#the-secrets-file).',
    example: '/run/secrets/sealpost.json',
  },
} as const satisfies Partial<SettingsTable>;

export const databaseSettings = {
  databasePoolSize: {
    variable: 'SEALPOST_DATABASE_POOL_SIZE',
    group: 'database',
    parser: integer(2, 1000),
    fallback: () => 10,
    description: 'The most connections to the database that this process opens.',
    example: '20',
  },
  databaseConnectTimeoutMs: {
    variable: 'SEALPOST_DATABASE_CONNECT_TIMEOUT_MS',
    group: 'database',
    parser: integer(100, 120_000),
    fallback: () => 5000,
    description: 'How many milliseconds a request waits for a connection before it is answered with 503.',
    example: '2000',
  },
} as const satisfies Partial<SettingsTable>;

export const metricsSettings = {
  metricsPort: {
    variable: 'SEALPOST_METRICS_PORT',
    group: 'metrics',
    parser: integer(0, 65_535),
    fallback: () => undefined,
    fallbackText: 'none: no metrics are served',
    description:
      'The TCP port that serves `/metrics` to Prometheus, and nothing else. It cannot be `SEALPOST_PORT`: what the ' +
      'server says about itself is not for its clients. `0` takes any free one; the start message names it.',
    example: '9464',
  },
  metricsHost: {
    variable: 'SEALPOST_METRICS_HOST',
    group: 'metrics',
    parser: hostName,
    fallback: () => '127.0.0.1',
    description:
      'The address to serve the metrics on. They need no credentials: choose one that only your monitoring can reach.',
    example: '10.0.0.5',
  },
} as const satisfies Partial<SettingsTable>;
