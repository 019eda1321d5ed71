import { DPOP_MODES, LENGTHS } from '@sealpost/protocol';
import { exampleBytes } from '../fixed-examples.js';
import { httpSettings, rateSettings } from './http-settings.js';
import { messageSettings } from './message-settings.js';
import { databaseSettings, metricsSettings, serviceSettings } from './service-settings.js';
import { mailSettings, resetSettings } from './reset-settings.js';
import type { SettingsTable } from './setting-definition.js';
import {
  bytes,
  integer,
  listOf,
  LOG_FORMATS,
  LOG_LEVELS,
  moduleName,
  oneOf,
  REGISTRATION_MODES,
} from './setting-values.js';

const accountSettings = {
  registration: {
    variable: 'SEALPOST_REGISTRATION',
    group: 'accounts',
    parser: oneOf(REGISTRATION_MODES),
    fallback: () => 'open',
    description:
      'Who may register: everybody, holders of an invitation code (`npm run admin -- invitations create`), or nobody.',
    example: 'invitation',
  },
  passwordSuite: {
    variable: 'SEALPOST_PASSWORD_SUITE',
    group: 'accounts',
    parser: oneOf([1, 2]),
    fallback: () => 1,
    description:
      'The password suite that new accounts are to use: `1` is Argon2id with 64 MiB and 3 passes, `2` with 256 MiB and ' +
      '4 passes. It is computed by the clients. An account that has the other one goes on with it. With a new password or ' +
      'vault key it gets this one, unless that is lower: then it keeps its own, and the server takes it.',
    example: '2',
  },
  escrowPublicKey: {
    variable: 'SEALPOST_ESCROW_PUBLIC_KEY',
    group: 'accounts',
    parser: bytes(LENGTHS.kemPublicKey),
    fallback: () => undefined,
    fallbackText: 'no escrow is offered',
    description:
      'The public key of an escrow, as `sealpost escrow keygen` prints it. The service only offers it: accounts are put ' +
      'into escrow by clients that were configured with its fingerprint, and by no others. See [escrow.md](escrow.md).',
    example: exampleBytes('vault/escrow/escrowPublicKey'),
  },
  accessTokenSeconds: {
    variable: 'SEALPOST_ACCESS_TOKEN_SECONDS',
    group: 'accounts',
    parser: integer(60, 3600),
    fallback: () => 900,
    description: 'How many seconds an access token is valid.',
    example: '600',
  },
  dpop: {
    variable: 'SEALPOST_DPOP',
    group: 'accounts',
    parser: oneOf(DPOP_MODES),
    fallback: () => 'optional',
    description:
      'Which requests need a proof of a session key (RFC 9449). `optional`: a client may bind its session to a key, as the ' +
      'SDK does, and then a stolen access token reads and sends until it expires, a stolen refresh token does nothing; ' +
      'sessions without a key go on to work. `required`: a session without a key is neither opened nor served. ' +
      '`everywhere`: every request needs a proof too, which costs the server a signature check each.',
    example: 'required',
  },
  sessionDays: {
    variable: 'SEALPOST_SESSION_DAYS',
    group: 'accounts',
    parser: integer(1, 3650),
    fallback: () => 90,
    description: 'After how many days without a refresh a session ends.',
    example: '30',
  },
  accountEventsKeepDays: {
    variable: 'SEALPOST_ACCOUNT_EVENTS_KEEP_DAYS',
    group: 'accounts',
    parser: integer(0, 36_500),
    fallback: () => 0,
    description:
      'How many days the history of an account keeps what happened. Older entries are deleted, of whatever kind. `0` keeps ' +
      'everything as long as the account: a user can then see what happened while they were away, however long.',
    example: '730',
  },
  keysMaxAgeSeconds: {
    variable: 'SEALPOST_KEYS_MAX_AGE_SECONDS',
    group: 'accounts',
    parser: integer(3600, 3650 * 86_400),
    fallback: () => undefined,
    fallbackText: 'no limit',
    description:
      'How many seconds after the server accepted them the newest keys of an account may be used to send. Beyond that ' +
      'sends get a 409 `keys.rotation-due` until the account has rotated its keys; everything else goes on working. ' +
      'Clients read the value from `GET /v1/service`.',
    example: '7776000',
  },
} as const satisfies Partial<SettingsTable>;

const operationSettings = {
  shutdownGraceMs: {
    variable: 'SEALPOST_SHUTDOWN_GRACE_MS',
    group: 'operation',
    parser: integer(0, 600_000),
    fallback: () => 10_000,
    description: 'How many milliseconds requests in flight have to finish after SIGTERM, SIGINT or SIGHUP.',
    example: '25000',
  },
  logLevel: {
    variable: 'SEALPOST_LOG_LEVEL',
    group: 'operation',
    parser: oneOf(LOG_LEVELS),
    fallback: () => 'info',
    description: 'The least severe log lines to write.',
    example: 'warn',
  },
  logFormat: {
    variable: 'SEALPOST_LOG_FORMAT',
    group: 'operation',
    parser: oneOf(LOG_FORMATS),
    fallback: () => 'auto',
    description: 'How log lines are written: `json`, `text` for people, or `auto`: text on a terminal, otherwise JSON.',
    example: 'json',
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
  ...resetSettings,
  ...mailSettings,
  ...messageSettings,
  ...httpSettings,
  ...rateSettings,
  ...metricsSettings,
  ...operationSettings,
};
