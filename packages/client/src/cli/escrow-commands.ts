import { openEscrowExport } from '../escrow/escrow-holder.js';
import { credentialOptions } from './account-commands.js';
import type { Command, CommandContext } from './command.js';
import { readEscrowKey, readExport, writeNewEscrowKey, writeOpened } from './escrow-files.js';
import { confirmWords, inLines } from './recovery-words.js';
import { stateOptions } from './state-commands.js';
import { printable, timeText } from './terminal.js';
import { UsageError } from './usage-error.js';

const passwordStdin = { 'password-stdin': credentialOptions['password-stdin'] } as const;

const rekey: Command = {
  usage: '[--compromised] [--escrow FINGERPRINT] [--discard-state] [--password-stdin]',
  summary:
    'make a new vault key, new keys and new recovery words; ends all other sessions. --compromised says that somebody ' +
    'else may have the old keys; --discard-state gives up a shared state that cannot be used, see "state"',
  options: { ...passwordStdin, ...stateOptions, compromised: { type: 'boolean' }, escrow: { type: 'string' } },
  run: async (context) => {
    context.none();
    const fingerprint = context.text('escrow');
    const escrow = fingerprint === undefined ? {} : { escrow: fingerprint };
    await newVaultKey(context, (account, options) => account.rekey({ ...options, ...escrow }));
    return undefined;
  },
};

type Account = Parameters<Parameters<CommandContext['withClient']>[0]>[0]['account'];
type Options = Parameters<Account['removeEscrow']>[0];

async function newVaultKey(
  context: CommandContext,
  change: (account: Account, options: Options) => ReturnType<Account['rekey']>,
): Promise<void> {
  const password = await context.password(false);
  // Before they count: whatever happens then, words that open the account have been seen.
  const show = async (words: string): Promise<void> => {
    if (context.interactive) await confirmWords(context.streams, words);
    else context.write({ recoveryWords: words }, inLines(words));
  };
  await context.withClient(async ({ account }) => {
    const { signedIn } = await change(account, {
      password,
      compromised: context.flag('compromised'),
      discardState: context.flag('discard-state'),
      show,
    });
    const then = signedIn ? 'and you are signed in anew' : 'but the log-in failed: see sealpost login';
    context.write({ rekeyed: true, signedIn }, `Only the new vault key and the new words count, ${then}.`);
  });
}

const ESCROW_USAGE = [
  '[status | add FINGERPRINT | remove [--compromised] [--discard-state]] [--password-stdin]',
  '| keygen --key FILE | open --export FILE --key FILE [--out FILE]',
].join(' ');

const escrow: Command = {
  usage: ESCROW_USAGE,
  summary:
    'show, join or leave the escrow of your account. For its holder, without a network: make the key, and open an ' +
    'account that an administrator has exported',
  options: {
    ...passwordStdin,
    ...stateOptions,
    compromised: { type: 'boolean' },
    key: { type: 'string' },
    export: { type: 'string' },
    out: { type: 'string' },
  },
  run: async (context) => {
    const [name = 'status', ...rest] = context.positionals;
    const work = Object.hasOwn(ESCROW_COMMANDS, name) ? ESCROW_COMMANDS[name] : undefined;
    if (work === undefined) throw new UsageError(`"escrow" is followed by ${Object.keys(ESCROW_COMMANDS).join(', ')}`);
    const wanted = name === 'add' ? 1 : 0;
    if (rest.length !== wanted) throw new UsageError(`sealpost escrow ${ESCROW_USAGE}`);
    await work(context, rest[0] ?? '');
    return undefined;
  },
};

const ESCROW_COMMANDS: Readonly<Record<string, (context: CommandContext, argument: string) => Promise<void>>> = {
  status: (context) =>
    context.withClient(async ({ account }) => {
      const { escrow: found, knownEscrows, escrowWarning } = await account.get();
      const since = found === undefined ? '' : timeText(found.addedAt);
      const said = found === undefined ? 'Nobody else can' : `Since ${since}, the holder of ${found.fingerprint} can`;
      context.write({ escrow: found ?? null, knownEscrows }, `${said} open your account.`);
      // On standard error, with an exit code of its own.
      if (escrowWarning !== undefined) throw escrowWarning;
    }),
  add: async (context, fingerprint) => {
    const password = await context.password(false);
    await context.withClient(({ account }) => account.addEscrow({ password, escrow: fingerprint }));
    context.write({ escrow: fingerprint }, 'The holder of the escrow key can open your account from now on.');
  },
  remove: (context) => newVaultKey(context, (account, options) => account.removeEscrow(options)),
  keygen: async (context) => {
    const { publicKey, fingerprint } = await writeNewEscrowKey(path(context, 'key'));
    context.write({ publicKey, fingerprint }, `Fingerprint: ${fingerprint}\nSEALPOST_ESCROW_PUBLIC_KEY=${publicKey}`);
  },
  open: async (context) => {
    const key = await readEscrowKey(path(context, 'key'));
    const opened = await openEscrowExport(await readExport(path(context, 'export')), key.seed);
    const out = context.text('out');
    if (out !== undefined) await writeOpened(out, opened);
    const { serviceId, userId, loginId, keys } = opened;
    const versions = keys.map(({ version }) => version);
    const written = out === undefined ? 'Nothing was written: give --out FILE for its secrets.' : `Written to ${out}.`;
    const whose = printable(`${loginId} (${userId}) at ${serviceId}`);
    const said = `The vault of ${whose} opens, with ${keys.length} key version(s).`;
    context.write({ serviceId, userId, loginId, versions }, `${said}\n${written}`);
  },
};

function path(context: CommandContext, option: string): string {
  const given = context.text(option);
  if (given === undefined) throw new UsageError(`Give --${option} FILE`);
  return given;
}

export const escrowCommands = { rekey, escrow } satisfies Record<string, Command>;
