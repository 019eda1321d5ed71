import type { SettingDefinition, SettingsTable } from './setting-definition.js';
import { addressRange, integer, listOf, rateLimit, webOrigin } from './setting-values.js';
import type { RateLimitRule } from './setting-values.js';
import type { RateLimitName } from './settings.js';

const KIB = 1024;

export const httpSettings = {
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
      'address of a client is that of the connection, so behind a proxy all clients would share one rate limit. Ports in ' +
      'the header are ignored; `Forwarded` (RFC 7239) is not read.',
    example: '10.0.0.0/8,fd00::/8',
  },
  bodyLimitBytes: {
    variable: 'SEALPOST_BODY_LIMIT_BYTES',
    group: 'http',
    parser: integer(400 * KIB, 64 * KIB * KIB),
    fallback: () => 512 * KIB,
    description:
      'The largest request body. The least value allowed holds the largest message of the protocol. Where the protocol ' +
      'allows more on a single route (the state that clients share), that route takes as much as it says.',
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

export const rateSettings = {
  rateOpenPerAddress: rate(
    'SEALPOST_RATE_OPEN_PER_ADDRESS',
    { count: 600, seconds: 60 },
    'Requests for what anybody may read, i.e. the service document, the keys of access tokens, the OpenAPI document, the ' +
      'pages of error codes and of `/docs`, per client address; each process counts by itself; health is not counted',
  ),
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
    'Challenges per loginId, whether it exists or not, as many attempts to register it, and as many challenges that one ' +
      'signed-in account, or one known device, may get for itself',
  ),
  rateLoginPerAddress: rate(
    'SEALPOST_RATE_LOGIN_PER_ADDRESS',
    { count: 120, seconds: 60 },
    'Logins, recoveries, changes of credentials and requests of new devices per client address',
  ),
  rateLoginPerAccount: rate(
    'SEALPOST_RATE_LOGIN_PER_ACCOUNT',
    { count: 30, seconds: 60 },
    'Logins per loginId, whether it exists or not, and as many from a known device of an account, which strangers do not use ' +
      'up; as many recoveries alike; and as many changes ' +
      'of credentials, new exports and uses of claim tokens that count per account',
  ),
  rateRefreshPerAddress: rate(
    'SEALPOST_RATE_REFRESH_PER_ADDRESS',
    { count: 300, seconds: 60 },
    'Token refreshes, and steps of new devices that join, per client address',
  ),
  rateDevicePerAccount: rate(
    'SEALPOST_RATE_DEVICE_PER_ACCOUNT',
    { count: 6, seconds: 600 },
    'Requests of new devices per loginId, whether it exists or not, and client address; ten times as many per loginId from ' +
      'all addresses together; as many from a device that has had a session of the account, which others do not use up',
  ),
  rateResetPerAddress: rate(
    'SEALPOST_RATE_RESET_PER_ADDRESS',
    { count: 20, seconds: 3600 },
    'Claims for the reset of an account per client address',
  ),
  rateResetPerAccount: rate(
    'SEALPOST_RATE_RESET_PER_ACCOUNT',
    { count: 3, seconds: 3600 },
    'Claims for the reset of an account per loginId, whether it exists or not, and client address; ten times as many per ' +
      'loginId from all addresses together, and so at most as many mails to it; as many from a device that has had a ' +
      'session of the account, which others do not use up',
  ),
  rateSendPerAccount: rate(
    'SEALPOST_RATE_SEND_PER_ACCOUNT',
    { count: 1200, seconds: 60 },
    'Messages that one account may send, each message of a batch counted',
  ),
  rateLookupPerAccount: rate(
    'SEALPOST_RATE_LOOKUP_PER_ACCOUNT',
    { count: 3000, seconds: 60 },
    'Look-ups of users and keys that one account may make',
  ),
  rateLookupMissPerAccount: rate(
    'SEALPOST_RATE_LOOKUP_MISS_PER_ACCOUNT',
    { count: 20, seconds: 3600 },
    'Look-ups of loginIds that nobody has, per account. Look-ups that find somebody do not count; while none is left, no ' +
      'loginId is looked up for the account',
  ),
  rateRotatePerAccount: rate(
    'SEALPOST_RATE_ROTATE_PER_ACCOUNT',
    { count: 30, seconds: 60 },
    'Key rotations that one account may make, repetitions included',
  ),
  rateStatePerAccount: rate(
    'SEALPOST_RATE_STATE_PER_ACCOUNT',
    { count: 120, seconds: 60 },
    'Times that one account may store the state that its clients share',
  ),
} as const satisfies Partial<SettingsTable>;

export const RATE_LIMIT_NAMES: readonly RateLimitName[] = Object.keys(rateSettings) as RateLimitName[];
