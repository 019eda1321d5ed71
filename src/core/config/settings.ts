import { type DynamicModule, Module } from '@nestjs/common';
import type { DpopMode } from '@sealpost/protocol';
import type { LogFormat, LogLevel, RateLimitRule, RegistrationMode, ResetMode } from './setting-values.js';

export type { LogFormat, LogLevel, RateLimitRule, RegistrationMode, ResetMode } from './setting-values.js';

/**
 * Everything an administrator can set, read once from the environment by `loadSettings` and frozen.
 * Abstract class and injection token in one: `constructor(private readonly settings: Settings)`.
 * Each field is described, with its variable and its default, in settings-table.ts.
 */
export abstract class Settings {
  abstract readonly host: string;
  /** 0 lets the system choose a free port. */
  abstract readonly port: number;
  /** Without a trailing slash. */
  abstract readonly publicUrl: string | undefined;
  abstract readonly serviceId: string;
  /** Absolute path. */
  abstract readonly dataDir: string;
  /** Absolute path. */
  abstract readonly secretsFile: string;
  /** Absent: the server starts an embedded PostgreSQL. */
  abstract readonly databaseUrl: string | undefined;
  abstract readonly databasePoolSize: number;
  abstract readonly databaseConnectTimeoutMs: number;
  abstract readonly registration: RegistrationMode;
  abstract readonly passwordSuite: number;
  /** X-Wing, 1216 bytes. Absent: no escrow is offered. */
  abstract readonly escrowPublicKey: Uint8Array | undefined;
  abstract readonly accessTokenSeconds: number;
  abstract readonly dpop: DpopMode;
  abstract readonly sessionDays: number;
  /** 0: for ever. */
  abstract readonly accountEventsKeepDays: number;
  /** Absent: keys may be of any age. */
  abstract readonly keysMaxAgeSeconds: number | undefined;
  abstract readonly reset: ResetMode;
  abstract readonly resetDelaySeconds: number;
  /** Absent: no mail is sent. */
  abstract readonly smtpUrl: string | undefined;
  abstract readonly mailFrom: string | undefined;
  abstract readonly maxMessageTtlSeconds: number;
  /** Absent: no limit. */
  abstract readonly mailboxMaxAgeSeconds: number | undefined;
  /** Absent: what was acknowledged is kept. */
  abstract readonly deleteAfterAckSeconds: number | undefined;
  abstract readonly mailboxMaxMessages: number;
  abstract readonly mailboxMaxBytes: number;
  abstract readonly sendQueueMessages: number;
  abstract readonly longPollMaxSeconds: number;
  abstract readonly readersPerAccount: number;
  abstract readonly streamHeartbeatSeconds: number;
  abstract readonly streamSlowSeconds: number;
  abstract readonly corsOrigins: readonly string[];
  abstract readonly trustedProxies: readonly string[];
  abstract readonly bodyLimitBytes: number;
  abstract readonly requestTimeoutMs: number;
  abstract readonly shutdownGraceMs: number;
  abstract readonly rateOpenPerAddress: RateLimitRule;
  abstract readonly rateRegisterPerAddress: RateLimitRule;
  abstract readonly rateChallengePerAddress: RateLimitRule;
  abstract readonly rateChallengePerAccount: RateLimitRule;
  abstract readonly rateLoginPerAddress: RateLimitRule;
  abstract readonly rateLoginPerAccount: RateLimitRule;
  abstract readonly rateRefreshPerAddress: RateLimitRule;
  abstract readonly rateDevicePerAccount: RateLimitRule;
  abstract readonly rateResetPerAddress: RateLimitRule;
  abstract readonly rateResetPerAccount: RateLimitRule;
  abstract readonly rateSendPerAccount: RateLimitRule;
  abstract readonly rateLookupPerAccount: RateLimitRule;
  abstract readonly rateLookupMissPerAccount: RateLimitRule;
  abstract readonly rateRotatePerAccount: RateLimitRule;
  abstract readonly rateStatePerAccount: RateLimitRule;
  /** Absent: metrics are not served. 0 lets the system choose a free port. */
  abstract readonly metricsPort: number | undefined;
  abstract readonly metricsHost: string;
  abstract readonly logLevel: LogLevel;
  abstract readonly logFormat: LogFormat;
  /** Package names or absolute file paths of additional Nest modules. */
  abstract readonly modules: readonly string[];
}

/** Thrown by `loadSettings` with every problem at once. A problem never contains the value of a secret setting. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';

  constructor(readonly problems: readonly string[]) {
    super(`The settings are not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** The names of the rules that `@RateLimit(name)` and the limiter's users may refer to. */
export type RateLimitName = {
  [Name in keyof Settings]: Settings[Name] extends RateLimitRule ? Name : never;
}[keyof Settings];

/** The names of the rules that limit what one signed-in account may do. */
export type AccountRateLimitName = Extract<
  RateLimitName,
  | 'rateSendPerAccount'
  | 'rateLookupPerAccount'
  | 'rateLookupMissPerAccount'
  | 'rateRotatePerAccount'
  | 'rateStatePerAccount'
>;

@Module({})
export class SettingsModule {
  /** Makes the settings injectable everywhere, under the token `Settings`. */
  static forRoot(settings: Settings): DynamicModule {
    return {
      module: SettingsModule,
      global: true,
      providers: [{ provide: Settings, useValue: settings }],
      exports: [Settings],
    };
  }
}
