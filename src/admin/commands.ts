import { commandOf, duration, file, optional, required, textLike, timeText } from '@sealpost/command-line';
import { normaliseLoginId } from '@sealpost/protocol';
import { rotateSigningKeyInFile } from '../core/secrets/index.js';
import type { AdminContext } from './admin-context.js';
import { writeNewFile } from './new-file.js';

const command = commandOf<AdminContext>();
const account = { loginId: required(textLike('a loginId', normaliseLoginId), 'what the account logs in with') };
const WEEK_MS = 604_800_000;

const start = command({
  name: 'start',
  summary: 'run the server, as "npm start" does',
  run: async () => {
    await import('../main.js');
  },
});

const disable = command({
  name: 'accounts disable',
  alias: 'disable',
  summary: 'end the sessions of an account, and refuse its log-ins',
  arguments: account,
  run: async ({ loginId }, context) => {
    await context.withService('AccountAdministration', (accounts) => accounts.disable(loginId));
    context.write({ loginId, disabled: true }, `${loginId} is disabled.`);
  },
});

const enable = command({
  name: 'accounts enable',
  alias: 'enable',
  summary: 'let a disabled account log in again',
  arguments: account,
  run: async ({ loginId }, context) => {
    await context.withService('AccountAdministration', (accounts) => accounts.enable(loginId));
    context.write({ loginId, disabled: false }, `${loginId} is enabled.`);
  },
});

const invite = command({
  name: 'invitations create',
  alias: 'invite',
  summary: 'make an invitation code for one registration',
  options: { expiresIn: optional(duration('1m', '365d'), 'how long it can be used; 7d by default') },
  run: async ({ expiresIn = WEEK_MS }, context) => {
    const made = await context.withService('AccountAdministration', (accounts) =>
      accounts.createInvitation({ expiresInSeconds: expiresIn / 1000 }),
    );
    context.write(made, `${made.code}\nIt registers one account until ${timeText(made.expiresAt)}.`);
  },
});

const exportForEscrow = command({
  name: 'escrow export',
  alias: 'escrow-export',
  summary: 'write what the holder of the escrow key needs to open an account (docs/escrow.md)',
  details: 'The owner of the account finds it in the history.',
  arguments: account,
  options: { output: optional(file, 'a new file, for its owner’s eyes only; without it the export is printed') },
  run: async ({ loginId, output }, context) => {
    const make = async (): Promise<string> => {
      const exported = await context.withService('EscrowExport', (exports) => exports.make(loginId));
      return `${JSON.stringify(exported)}\n`;
    };
    if (output === undefined) {
      context.streams.stdout.write(await make());
      return;
    }
    // Made only where it can be kept: the owner of the account reads of each export.
    await writeNewFile(output, make);
    context.write({ loginId, file: output }, `The export of ${loginId} is in ${output}.`);
  },
});

const listResets = command({
  name: 'reset list',
  summary: 'show which accounts wait for an approval of their reset',
  run: async (_, context) => {
    const waiting = await context.withService('ResetAdministration', (resets) => resets.list());
    if (waiting.length === 0 && !context.json) context.write(null, 'No reset waits for an approval.');
    for (const entry of waiting) {
      const { requestedAt, loginId, client } = entry;
      context.write(entry, `${timeText(requestedAt)}  ${loginId}  ${client ?? '(unknown client)'}`);
    }
  },
});

const approveReset = command({
  name: 'reset approve',
  summary: 'vouch that whoever asks for a reset is the owner of the loginId',
  details: 'Prints the claim token, or says who has it from a mail.',
  arguments: account,
  run: async ({ loginId }, context) => {
    const approved = await context.withService('ResetAdministration', (resets) => resets.approve(loginId));
    const { token, availableAt, expiresAt } = approved;
    const when = `from ${timeText(availableAt)} until ${timeText(expiresAt)}.`;
    const said =
      token === null
        ? `The reset of ${loginId} is approved. The token from the mail can be used ${when}`
        : `${token}\nHand this token to the owner of ${loginId} in person. It can be used once, ${when}`;
    context.write(approved, said);
  },
});

const rejectReset = command({
  name: 'reset reject',
  summary: 'call off every reset of the account that was asked for',
  arguments: account,
  run: async ({ loginId }, context) => {
    await context.withService('ResetAdministration', (resets) => resets.reject(loginId));
    context.write({ loginId, pending: false }, `No reset of ${loginId} is pending any more.`);
  },
});

const rotateSigningKey = command({
  name: 'signing-key rotate',
  alias: 'rotate-signing-key',
  summary: 'make a new key that signs access tokens, used by running servers within seconds; retire the old one',
  run: async (_, context) => {
    const kid = await rotateSigningKeyInFile(context.settings.secretsFile);
    context.write(
      { kid },
      `The new signing key is ${kid}. Running servers use it within seconds.\n` +
        'Tokens signed with the old key stay valid until they expire; what is signed with it from now on is not accepted.',
    );
  },
});

const migrate = command({
  name: 'database migrate',
  alias: 'migrate',
  summary: 'bring the database up to date, as each start does',
  run: async (_, context) => {
    await context.withDatabase(async () => undefined);
    context.write({ upToDate: true }, 'The database is up to date.');
  },
});

/** Every command; all of them may be used while the server runs. */
export const SECTIONS = {
  Server: [start, migrate, rotateSigningKey],
  Accounts: [disable, enable, invite, exportForEscrow],
  'Resets of accounts': [listResets, approveReset, rejectReset],
} as const;
