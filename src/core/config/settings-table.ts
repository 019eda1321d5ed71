import { join, resolve } from 'node:path';
import {
  addressRange,
  hostName,
  httpUrl,
  integer,
  listOf,
  LOG_LEVELS,
  moduleName,
  oneOf,
  path,
  postgresUrl,
  rateLimit,
  REGISTRATION_MODES,
  serviceIdentifier,
  webOrigin,
} from './setting-values.js';
import type { Parser, RateLimitRule } from './setting-values.js';
import type { Settings } from './settings.js';

export const EMBEDDED_SERVICE_ID = 'sealpost.localhost';

const KIB = 1024;
const DAY_SECONDS = 86_400;

export const SETTING_GROUPS = {
  service: 'The service',
  database: 'The database',
  accounts: 'Accounts and sessions',
  messages: 'Messages',
  http: 'HTTP',
  limits: 'Rate limits',
  operation: 'Operation',
} as const;

export interface SettingDefinition<T> {
  readonly variable: string;
  readonly group: keyof typeof SETTING_GROUPS;
  readonly parser: Parser<T>;
  /** The value when the variable is absent or empty; `known` holds the settings above this one. */
  fallback(known: Partial<Settings>): T;
  /** The default in words, where the value itself does not say enough. */
  readonly fallbackText?: string;
  readonly description: string;
  readonly example: string;
  /** A secret's value appears in no message. */
  readonly secret?: true;
}

type SettingsTable = { readonly [Name in keyof Settings]: SettingDefinition<Settings[Name]> };

const serviceSettings = {
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
    group: 'service',
    parser: integer(0, 65_535),
    fallback: () => 8080,
    description: 'The TCP port to listen on. `0` takes any free one; the start message names it.',
    example: '8443',
  },
  publicUrl: {
    variable: 'SEALPOST_PUBLIC_URL',
    group: 'service',
    parser: httpUrl,
    fallback: () => undefined,
    fallbackText: 'the address the server listens on',
    description: 'Where clients reach the service, when that differs from host and port, as it does behind a proxy.',
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
    fallbackText: `\`${EMBEDDED_SERVICE_ID}\` with the embedded database, otherwise required`,
    description:
      'The stable logical name of the service. Every signature and every password derivation contains it: changing it ' +
      'later locks all existing accounts out. Clients are configured with the same name.',
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

const databaseSettings = {
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

const accountSettings = {
  registration: {
    variable: 'SEALPOST_REGISTRATION',
    group: 'accounts',
    parser: oneOf(REGISTRATION_MODES),
    fallback: () => 'open',
    description: 'Who may register: everybody, holders of an invitation code (`npm run admin -- invite`), or nobody.',
    example: 'invitation',
  },
  passwordSuite: {
    variable: 'SEALPOST_PASSWORD_SUITE',
    group: 'accounts',
    parser: oneOf([1, 2]),
    fallback: () => 1,
    description:
      'The password suite that new accounts are to use: `1` is Argon2id with 64 MiB and 3 passes, `2` with 256 MiB and ' +
      '4 passes. It is computed by the clients.',
    example: '2',
  },
  accessTokenSeconds: {
    variable: 'SEALPOST_ACCESS_TOKEN_SECONDS',
    group: 'accounts',
    parser: integer(60, 3600),
    fallback: () => 900,
    description: 'How many seconds an access token is valid.',
    example: '600',
  },
  sessionDays: {
    variable: 'SEALPOST_SESSION_DAYS',
    group: 'accounts',
    parser: integer(1, 3650),
    fallback: () => 90,
    description: 'After how many days without a refresh a session ends.',
    example: '30',
  },
} as const satisfies Partial<SettingsTable>;

const messageSettings = {
  maxMessageTtlSeconds: {
    variable: 'SEALPOST_MAX_MESSAGE_TTL_SECONDS',
    group: 'messages',
    parser: integer(60, 3650 * DAY_SECONDS),
    fallback: () => 365 * DAY_SECONDS,
    description:
      'The largest `expiresInSeconds` that a sender may ask for. Messages without one are kept until every recipient has ' +
      'deleted them.',
    example: '2592000',
  },
  longPollMaxSeconds: {
    variable: 'SEALPOST_LONG_POLL_MAX_SECONDS',
    group: 'messages',
    parser: integer(0, 30),
    fallback: () => 30,
    description: 'The longest that a request for messages may wait for the first new one.',
    example: '20',
  },
} as const satisfies Partial<SettingsTable>;

const httpSettings = {
  corsOrigins: {
    variable: 'SEALPOST_CORS_ORIGINS',
    group: 'http',
    parser: listOf(webOrigin),
    fallback: () => [],
    fallbackText: 'none',
    description: 'The origins, separated by commas, whose web pages may call the API.',
    example: 'https://app.example,http://localhost:5173',
  },
  trustedProxies: {
    variable: 'SEALPOST_TRUSTED_PROXIES',
    group: 'http',
    parser: listOf(addressRange),
    fallback: () => [],
    fallbackText: 'none',
    description:
      'The addresses or ranges, separated by commas, of the proxies whose `X-Forwarded-For` is believed. Without it, the ' +
      'address of a client is that of the connection, so behind a proxy all clients would share one rate limit.',
    example: '10.0.0.0/8,fd00::/8',
  },
  bodyLimitBytes: {
    variable: 'SEALPOST_BODY_LIMIT_BYTES',
    group: 'http',
    parser: integer(400 * KIB, 64 * KIB * KIB),
    fallback: () => 512 * KIB,
    description: 'The largest request body. The least value allowed holds the largest message of the protocol.',
    example: '1048576',
  },
  requestTimeoutMs: {
    variable: 'SEALPOST_REQUEST_TIMEOUT_MS',
    group: 'http',
    parser: integer(1000, 600_000),
    fallback: () => 30_000,
    description: 'How many milliseconds a client has to send a whole request.',
    example: '60000',
  },
} as const satisfies Partial<SettingsTable>;

function rate(
  variable: string,
  fallback: RateLimitRule,
  what: string,
): SettingDefinition<RateLimitRule> & { readonly group: 'limits' } {
  return {
    variable,
    group: 'limits',
    parser: rateLimit,
    fallback: () => Object.freeze(fallback),
    fallbackText: `\`${fallback.count}/${fallback.seconds}\``,
    description: `${what}, as \`<count>/<seconds>\`.`,
    example: '100/60',
  };
}

const rateSettings = {
  rateRegisterPerAddress: rate(
    'SEALPOST_RATE_REGISTER_PER_ADDRESS',
    { count: 20, seconds: 60 },
    'Registrations per client address',
  ),
  rateChallengePerAddress: rate(
    'SEALPOST_RATE_CHALLENGE_PER_ADDRESS',
    { count: 120, seconds: 60 },
    'Challenges per client address',
  ),
  rateChallengePerAccount: rate(
    'SEALPOST_RATE_CHALLENGE_PER_ACCOUNT',
    { count: 60, seconds: 60 },
    'Challenges per loginId, whether it exists or not',
  ),
  rateLoginPerAddress: rate(
    'SEALPOST_RATE_LOGIN_PER_ADDRESS',
    { count: 120, seconds: 60 },
    'Logins per client address',
  ),
  rateLoginPerAccount: rate(
    'SEALPOST_RATE_LOGIN_PER_ACCOUNT',
    { count: 30, seconds: 60 },
    'Logins per loginId, whether it exists or not',
  ),
  rateRefreshPerAddress: rate(
    'SEALPOST_RATE_REFRESH_PER_ADDRESS',
    { count: 300, seconds: 60 },
    'Token refreshes per client address',
  ),
} as const satisfies Partial<SettingsTable>;

const operationSettings = {
  shutdownGraceMs: {
    variable: 'SEALPOST_SHUTDOWN_GRACE_MS',
    group: 'operation',
    parser: integer(0, 600_000),
    fallback: () => 10_000,
    description: 'How many milliseconds requests in flight have to finish after SIGTERM or SIGINT.',
    example: '25000',
  },
  logLevel: {
    variable: 'SEALPOST_LOG_LEVEL',
    group: 'operation',
    parser: oneOf(LOG_LEVELS),
    fallback: () => 'info',
    description: 'The least severe log lines to write. Log lines are JSON, on standard error.',
    example: 'warn',
  },
  modules: {
    variable: 'SEALPOST_MODULES',
    group: 'operation',
    parser: listOf(moduleName),
    fallback: () => [],
    fallbackText: 'none',
    description:
      'Additional Nest modules, separated by commas: names of installed packages, or paths of files (starting with "." ' +
      'or "/"), each with the module as its default export.',
    example: './modules/announcements.js,sealpost-audit',
  },
} as const satisfies Partial<SettingsTable>;

/** Every setting, in an order in which a fallback needs only what stands above it. */
export const SETTINGS_TABLE: SettingsTable = {
  ...serviceSettings,
  ...databaseSettings,
  ...accountSettings,
  ...messageSettings,
  ...httpSettings,
  ...rateSettings,
  ...operationSettings,
};
