import type { Parser } from './setting-values.js';
import type { Settings } from './settings.js';

export const SETTING_GROUPS = {
  service: 'The service',
  database: 'The database',
  accounts: 'Accounts and sessions',
  mail: 'Mail',
  messages: 'Messages',
  http: 'HTTP',
  limits: 'Rate limits',
  metrics: 'Metrics',
  operation: 'Operation',
} as const;

/** What is to be said of a whole group. */
export const GROUP_NOTES: Partial<Record<keyof typeof SETTING_GROUPS, string>> = {
  limits:
    'Beyond a limit the answer is 429 with `Retry-After`. A burst of the whole count is allowed; then attempts come back\n' +
    'evenly. All replicas count together, unless it says otherwise. An IPv6 client is counted by its /64 network.',
  metrics: 'What there is to see, and a dashboard: [metrics.md](metrics.md).',
};

export interface SettingDefinition<T> {
  readonly variable: string;
  /** A variable of the platform that is taken where the own one is absent. */
  readonly elsewhere?: string;
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

export type SettingsTable = { readonly [Name in keyof Settings]: SettingDefinition<Settings[Name]> };
