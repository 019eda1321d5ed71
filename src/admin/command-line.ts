import { parseArgs } from 'node:util';
import { normaliseLoginId } from '@sealpost/protocol';

export const USAGE = `Usage: npm run admin -- <command>

Commands:
  disable <loginId>        ends the account's sessions and refuses its log-ins
  enable <loginId>         lets a disabled account log in again
  escrow-export <loginId> --output FILE
                           writes what the holder of the escrow key needs to open the
                           account (docs/escrow.md) into a new file, for its owner's eyes
                           only; without --output it is printed. The owner of the account
                           finds it in the history
  invite [--expires-in 7d] makes an invitation code for one registration;
                           the time is a number with m, h or d
  reset list               shows which accounts wait for an approval of their reset
  reset approve <loginId>  vouches that whoever asks is the owner of the loginId;
                           prints the claim token, or says who has it from a mail
  reset reject <loginId>   calls every reset of the account off that was asked for
  rotate-signing-key       makes a new key that signs access tokens, used by the
                           server after its next start
  migrate                  brings the database up to date, as each start does
  help                     shows this text

The settings are those of the server: run it with the same environment variables.
It may be used while the server runs.
`;

export type Command =
  | { readonly name: 'disable' | 'enable'; readonly loginId: string }
  | { readonly name: 'escrow-export'; readonly loginId: string; readonly output?: string }
  | { readonly name: 'reset list' }
  | { readonly name: 'reset approve' | 'reset reject'; readonly loginId: string }
  | { readonly name: 'invite'; readonly expiresInSeconds: number }
  | { readonly name: 'rotate-signing-key' | 'migrate' | 'help' };

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const DEFAULT_INVITATION = '7d';
const LONGEST_INVITATION_DAYS = 365;
const SECONDS = { m: 60, h: 3600, d: 86_400 } as const;

const OPTIONS = {
  'expires-in': { type: 'string' },
  output: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
/** Which command takes an option that is not everybody's. */
const OWNERS: Readonly<Record<string, string>> = { 'expires-in': 'invite', output: 'escrow-export' };

/** @throws UsageError */
export function parseCommandLine(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [name = 'help', ...rest] = positionals;
  if (values.help === true) return { name: 'help' };
  for (const [option, owner] of Object.entries(OWNERS)) {
    if (option in values && name !== owner) throw new UsageError(`"${name}" does not take --${option}.`);
  }
  switch (name) {
    case 'disable':
    case 'enable':
      return { name, loginId: loginIdOf(name, rest) };
    case 'escrow-export':
      return {
        name,
        loginId: loginIdOf(name, rest),
        ...(values.output === undefined ? {} : { output: values.output }),
      };
    case 'invite':
      refuseMore(name, rest);
      return { name, expiresInSeconds: secondsOf(values['expires-in'] ?? DEFAULT_INVITATION) };
    case 'reset':
      return resetCommand(rest);
    case 'rotate-signing-key':
    case 'migrate':
    case 'help':
      refuseMore(name, rest);
      return { name };
    default:
      throw new UsageError(`There is no command "${name}".`);
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function resetCommand([action = '', ...rest]: readonly string[]): Command {
  switch (action) {
    case 'list':
      refuseMore('reset list', rest);
      return { name: 'reset list' };
    case 'approve':
    case 'reject':
      return { name: `reset ${action}`, loginId: loginIdOf(`reset ${action}`, rest) };
    default:
      throw new UsageError('"reset" needs one of list, approve, reject.');
  }
}

function loginIdOf(command: string, rest: readonly string[]): string {
  const [given, ...more] = rest;
  if (given === undefined) throw new UsageError(`"${command}" needs a loginId.`);
  refuseMore(command, more);
  try {
    return normaliseLoginId(given);
  } catch {
    throw new UsageError(`"${given}" is not a loginId.`);
  }
}

function refuseMore(command: string, rest: readonly string[]): void {
  if (rest.length > 0) throw new UsageError(`"${command}" does not take "${rest.join(' ')}".`);
}

function secondsOf(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const seconds = unit === undefined ? 0 : Number(count) * SECONDS[unit as keyof typeof SECONDS];
  if (seconds < SECONDS.m || seconds > LONGEST_INVITATION_DAYS * SECONDS.d) {
    throw new UsageError(`--expires-in must be like 30m, 12h or 7d, at most ${LONGEST_INVITATION_DAYS}d.`);
  }
  return seconds;
}
