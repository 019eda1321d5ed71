import type { Settings } from './core/config/index.js';
import { productVersion } from './core/product-version.js';

export interface BannerFacts {
  readonly settings: Settings;
  /** The port that the system assigned. */
  readonly port: number;
  /** The port of the metrics; null where none are served. */
  readonly metricsPort: number | null;
  readonly database: string;
  readonly secretsCreated: boolean;
  /** Whether somebody reads it at a terminal. */
  readonly interactive: boolean;
}

const REGISTRATION = {
  open: 'open to everybody',
  invitation: 'by invitation (npm run admin -- invite)',
  closed: 'closed',
} as const;

/** What the server tells the person who started it. */
export function banner(facts: BannerFacts): string {
  const { settings, port, metricsPort, database, secretsCreated, interactive } = facts;
  const local = localAddress(settings.host, port);
  const lines: [string, string][] = [
    ['API', local + interfaces(settings.host)],
    ['Swagger UI', `${local}/docs`],
    ...(settings.publicUrl === undefined ? [] : ([['Public at', settings.publicUrl]] as [string, string][])),
    ...(metricsPort === null ? [] : ([['Metrics', metricsAddress(settings, metricsPort)]] as [string, string][])),
    ['Service id', settings.serviceId],
    ['Registration', REGISTRATION[settings.registration]],
    ['Database', database],
    ['Secrets', settings.secretsFile + (secretsCreated ? ' (made just now; back it up)' : '')],
  ];
  const width = Math.max(...lines.map(([name]) => name.length));
  const rows = lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
  const stopping = interactive ? '\nCtrl+C stops it.\n' : '';
  return `Sealpost ${productVersion()} is ready.\n\n${rows.join('\n')}\n${stopping}`;
}

function metricsAddress({ metricsHost }: Settings, port: number): string {
  return `${localAddress(metricsHost, port)}/metrics${interfaces(metricsHost)}`;
}

/** An address that works on this machine. */
function localAddress(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}

function interfaces(host: string): string {
  return host === '0.0.0.0' || host === '::' ? ' (on every network interface)' : '';
}
