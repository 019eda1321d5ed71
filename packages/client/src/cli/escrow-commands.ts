import { file, optional, printable, required, text, timeText } from '@sealpost/command-line';
import { openEscrowExport } from '../escrow/escrow-holder.js';
import { command } from './context.js';
import { compromised, newVaultKey } from './credential-commands.js';
import { readEscrowKey, readExport, writeNewEscrowKey, writeOpened } from './escrow-files.js';
import { discardState } from './state-commands.js';

const show = command({
  name: 'escrow show',
  alias: 'escrow',
  summary: 'tell who else can open your account',
  run: async (_, context) => {
    await context.withClient(async ({ account }) => {
      const { escrow: found, knownEscrows, escrowWarning } = await account.get();
      const since = found === undefined ? '' : timeText(found.addedAt);
      const said = found === undefined ? 'Nobody else can' : `Since ${since}, the holder of ${found.fingerprint} can`;
      context.write({ escrow: found ?? null, knownEscrows }, `${said} open your account.`);
      // On standard error, with an exit code of its own.
      if (escrowWarning !== undefined) throw escrowWarning;
    });
  },
});

const add = command({
  name: 'escrow add',
  summary: 'let the holder of an escrow key open your account',
  arguments: { fingerprint: required(text(), 'of the escrow key') },
  run: async ({ fingerprint }, context) => {
    const password = await context.password(false);
    await context.withClient(({ account }) => account.addEscrow({ password, escrow: fingerprint }));
    context.write({ escrow: fingerprint }, 'The holder of the escrow key can open your account from now on.');
  },
});

const remove = command({
  name: 'escrow remove',
  summary: 'leave the escrow, with a new vault key; ends all other sessions',
  options: { compromised, discardState },
  run: (given, context) => newVaultKey(context, given, (account, options) => account.removeEscrow(options)),
});

const keygen = command({
  name: 'escrow keygen',
  summary: 'make the key of an escrow, without a network',
  options: { key: required(file, 'a new file; whoever has it can open the accounts') },
  run: async ({ key }, context) => {
    const { publicKey, fingerprint } = await writeNewEscrowKey(key);
    context.write({ publicKey, fingerprint }, `Fingerprint: ${fingerprint}\nSEALPOST_ESCROW_PUBLIC_KEY=${publicKey}`);
  },
});

const open = command({
  name: 'escrow open',
  summary: 'open an account that an administrator has exported, without a network',
  options: {
    export: required(file, 'what the administrator has exported'),
    key: required(file, 'of "escrow keygen"'),
    out: optional(file, 'a new file for the secrets of the account'),
  },
  run: async ({ export: exported, key: keyFile, out }, context) => {
    const key = await readEscrowKey(keyFile);
    const opened = await openEscrowExport(await readExport(exported), key.seed);
    if (out !== undefined) await writeOpened(out, opened);
    const { serviceId, userId, loginId, keys } = opened;
    const versions = keys.map(({ version }) => version);
    const written = out === undefined ? 'Nothing was written: give --out FILE for its secrets.' : `Written to ${out}.`;
    const whose = printable(`${loginId} (${userId}) at ${serviceId}`);
    const said = `The vault of ${whose} opens, with ${keys.length} key version(s).`;
    context.write({ serviceId, userId, loginId, versions }, `${said}\n${written}`);
  },
});

export const escrowCommands = [show, add, remove];
/** For whoever holds the key of an organisation. */
export const escrowHolderCommands = [keygen, open];
