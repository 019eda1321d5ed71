export { RATE_LIMIT_NAMES } from './http-settings.js';
export { loadSettings } from './load-settings.js';
export type { Environment } from './load-settings.js';
export { SettingsModule } from './settings.module.js';
export { Settings, SettingsError } from './settings.js';
export type {
  AccountRateLimitName,
  LogFormat,
  LogLevel,
  RateLimitName,
  RateLimitRule,
  RegistrationMode,
  ResetMode,
} from './settings.js';
