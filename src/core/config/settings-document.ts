import { GROUP_NOTES, SETTING_GROUPS } from './setting-definition.js';
import { SETTINGS_TABLE } from './settings-table.js';
import type { SettingDefinition } from './setting-definition.js';

const INTRODUCTION = `# Configuration

<!-- Generated from src/core/config/settings-table.ts by \`npm run docs:configuration\`. Do not edit. -->

To configure a server, set environment variables; it reads them once, at the start. Sealpost starts without any setting. A
wrong value, a missing required one, or an unknown variable that starts with \`SEALPOST_\` stops the start with exit code 78
and a list of all the problems. An empty variable counts as absent. Variables that start with \`SEALPOST_CLIENT_\` or
\`SEALPOST_TEST_\` belong to other programs and are ignored.`;

const SECRETS_FILE = `## The secrets file

The first start writes the server's own secrets into \`SEALPOST_SECRETS_FILE\`: keys for challenges, for decoys and for
refresh tokens, and the key that signs access tokens. The file holds nothing of any user, and opens no message. The server
refuses a file that other users can read, or that belongs to somebody else. [operations.md](operations.md#the-servers-own-secrets)
says how to rotate and replace the secrets.

- Back the file up with the database. Its loss ends every session and changes the decoys; accounts and messages stay.
- With an external database and several replicas, give all of them the same file (mode 0600, owned by the user that
  runs the server): a challenge or a token that one replica issued must be accepted by the others.

## Standard output and standard error

The start message, a few lines for people, goes to standard output. Log lines go to standard error, one JSON object per
line unless it is a terminal, with one line for each request. Neither holds tokens, loginIds, bodies or ciphertext.

## Exit codes

| Code | Meaning                                                                 |
| ---- | ----------------------------------------------------------------------- |
| 0    | Stopped by SIGTERM, SIGINT or SIGHUP, everything in flight was finished |
| 1    | The server could not start, or failed; the reason is on standard error  |
| 78   | The settings are not usable; the problems are on standard error         |`;

const LONGEST_EXAMPLE = 120;
const SHORTENED_EXAMPLE = 40;

/** The text of docs/configuration.md. */
export function settingsDocument(): string {
  const definitions = Object.values<SettingDefinition<unknown>>(SETTINGS_TABLE);
  const groups = Object.entries(SETTING_GROUPS).map(([group, title]) => {
    const sections = definitions.filter((definition) => definition.group === group).map(settingSection);
    const note = GROUP_NOTES[group as keyof typeof SETTING_GROUPS];
    return [`## ${title}`, ...(note === undefined ? [] : [note]), ...sections].join('\n\n');
  });
  return `${[INTRODUCTION, ...groups, SECRETS_FILE].join('\n\n')}\n`;
}

function settingSection(definition: SettingDefinition<unknown>): string {
  const { variable, elsewhere, parser, description, example, secret } = definition;
  return [
    `### \`${variable}\``,
    '',
    description,
    '',
    `- Value: ${parser.expected}${secret === true ? ' (a secret: no message shows it)' : ''}`,
    ...(elsewhere === undefined ? [] : [`- Where it is absent: \`${elsewhere}\``]),
    `- Default: ${definition.fallbackText ?? `\`${String(definition.fallback({}))}\``}`,
    `- Example: \`${variable}=${shorten(example)}\``,
  ].join('\n');
}

/** Examples are to be recognised; nobody copies a key out of them. */
function shorten(example: string): string {
  return example.length <= LONGEST_EXAMPLE ? example : `${example.slice(0, SHORTENED_EXAMPLE)}…`;
}
