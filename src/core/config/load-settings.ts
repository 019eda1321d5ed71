import type { SettingDefinition } from './setting-definition.js';
import { SETTINGS_TABLE } from './settings-table.js';
import { Settings, SettingsError } from './settings.js';

const MAX_DISTANCE = 4;

/** The candidate that differs from `word` in the fewest letters, or null when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word, candidate) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= MAX_DISTANCE ? best.candidate : null;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const replaced = (row[j] ?? 0) + (a.charAt(i) === b.charAt(j) ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

const PREFIX = 'SEALPOST_';

/** Variables of the programs around the server, which may be exported in the same shell. */
const FOREIGN_PREFIXES = ['SEALPOST_CLIENT_', 'SEALPOST_TEST_'];

/** Kubernetes sets these for a Service named "sealpost". */
const SERVICE_LINK = /^SEALPOST_(SERVICE_(HOST|PORT)(_.*)?|PORT_\d+_.*)$/;

/**
 * Reads, checks and freezes the settings.
 * @throws SettingsError with every problem found, not only the first
 */
export function loadSettings(environment: Environment = process.env): Settings {
  const problems: string[] = [];
  const known: Record<string, unknown> = {};
  for (const [name, definition] of Object.entries<SettingDefinition<unknown>>(SETTINGS_TABLE)) {
    const [variable, text] = given(definition, environment);
    const value = text === '' ? definition.fallback(known) : definition.parser.parse(text);
    if (value === undefined && text !== '') problems.push(refusal(definition, variable, text));
    known[name] = value;
  }
  problems.push(
    ...nameConflicts(environment, known),
    ...portConflicts(known),
    ...mailConflicts(known),
    ...unknownVariables(environment),
  );
  if (problems.length > 0) throw new SettingsError(problems);
  return Object.freeze(Object.assign(Object.create(Settings.prototype) as Settings, known));
}

/** The variable that decides, and its text. Compose files pass an unset variable on as an empty one. */
function given(
  { variable, elsewhere }: SettingDefinition<unknown>,
  environment: Environment,
): readonly [variable: string, text: string] {
  const textOf = (name: string): string => environment[name]?.trim() ?? '';
  const own = textOf(variable);
  return own === '' && elsewhere !== undefined ? [elsewhere, textOf(elsewhere)] : [variable, own];
}

function refusal(definition: SettingDefinition<unknown>, variable: string, text: string): string {
  const given = definition.secret === true ? '' : `, not "${shorten(text)}"`;
  const linked = text.startsWith('tcp://') ? ` (${SERVICE_LINK_HINT})` : '';
  return `${variable} must be ${definition.parser.expected}${given}${linked}`;
}

const SERVICE_LINK_HINT = 'it looks like a Kubernetes service link: set enableServiceLinks: false in the pod';

function shorten(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

/** Whoever serves others, or has a database that others may use, has a name that is not everybody's. */
function nameConflicts(environment: Environment, known: Partial<Settings>): string[] {
  const { variable } = SETTINGS_TABLE.serviceId;
  const asking = (['databaseUrl', 'publicUrl'] as const).find((name) => known[name] !== undefined);
  if (asking === undefined || (environment[variable]?.trim() ?? '') !== '') return [];
  return [
    `${variable} must be set when ${SETTINGS_TABLE[asking].variable} is set: it names the service in every signature ` +
      'and cannot be changed later',
  ];
}

/** Port 0 stands for two different free ones. */
function portConflicts({ port, metricsPort }: Partial<Settings>): string[] {
  if (metricsPort === undefined || metricsPort === 0 || metricsPort !== port) return [];
  const { variable } = SETTINGS_TABLE.metricsPort;
  return [`${variable} must be another port than ${SETTINGS_TABLE.port.variable}: metrics are not for the public`];
}

/** A claim by mail has to be sent from somewhere. */
function mailConflicts({ reset, ...mail }: Partial<Settings>): string[] {
  if (reset !== 'email' && reset !== 'both') return [];
  return (['smtpUrl', 'mailFrom'] as const)
    .filter((name) => mail[name] === undefined)
    .map((name) => `${SETTINGS_TABLE[name].variable} must be set when ${SETTINGS_TABLE.reset.variable} is "${reset}"`);
}

function unknownVariables(environment: Environment): string[] {
  const variables = Object.values<SettingDefinition<unknown>>(SETTINGS_TABLE).map(({ variable }) => variable);
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && !variables.includes(name))
    .filter((name) => !FOREIGN_PREFIXES.some((prefix) => name.startsWith(prefix)))
    .sort()
    .map((name) => {
      if (SERVICE_LINK.test(name)) return `${name} is not a setting (${SERVICE_LINK_HINT})`;
      const suggestion = nearest(name, variables);
      return `${name} is not a setting${suggestion === null ? '' : `; did you mean ${suggestion}?`}`;
    });
}
