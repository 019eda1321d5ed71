import type { SettingsTable } from './setting-definition.js';
import { hostName, integer } from './setting-values.js';

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
