export { RATE_LIMIT_NAMES } from './http-settings.js';
export { type Environment, loadSettings } from './load-settings.js';
export {
  type AccountRateLimitName,
  type LogFormat,
  type LogLevel,
  type RateLimitName,
  type RateLimitRule,
  type RegistrationMode,
  type ResetMode,
  Settings,
  SettingsError,
  SettingsModule,
} from './settings.js';
