import { flag, optional, required, text } from '@sealpost/command-line';
import { Sealpost } from '../sealpost.js';
import { sessionName } from './account-commands.js';
import { command, type CommandContext } from './context.js';
import { confirmWords, inLines } from './recovery-words.js';
import { discardState, warnOfState } from './state-commands.js';

const PRESENT = { name: 'Password', twice: false };
const NEW = { name: 'New password', twice: true };

const changePassword = command({
  name: 'account change-password',
  summary: 'change your password; ends all other sessions',
  details: 'Standard input has the present one, then the new one.',
  run: async (_, context) => {
    const [present = '', newPassword = ''] = await context.secrets([PRESENT, NEW]);
    await context.withClient((client) => client.account.changePassword({ password: present, newPassword }));
    context.write({ passwordChanged: true }, 'Your password is changed. All other sessions have ended.');
  },
});

const changeLoginId = command({
  name: 'account change-login-id',
  summary: 'change what you log in with; ends all other sessions',
  arguments: { newLoginId: required(text(), 'what you log in with from then on') },
  run: async ({ newLoginId }, context) => {
    const present = await context.password(false);
    await context.withClient(async (client) => {
      await client.account.changeLoginId({ password: present, newLoginId });
      context.write({ loginId: client.loginId }, `You are ${client.loginId} now. All other sessions have ended.`);
    });
  },
});

const recover = command({
  name: 'account recover',
  alias: 'recover',
  summary: 'set a new password with your recovery words',
  details: 'Standard input has the words, then the new password.',
  arguments: { loginId: required(text(), 'what you log in with') },
  options: { newLoginId: optional(text(), 'another loginId, where you want one'), sessionName, discardState },
  run: async ({ sessionName = 'command line', ...given }, context) => {
    const service = await context.service();
    const [recoveryWords = '', newPassword = ''] = await context.secrets([
      { name: 'Recovery words (24, not shown)', twice: false },
      NEW,
    ]);
    return context.withStorage(async (storage) => {
      const words = { recoveryWords, newPassword };
      const client = await Sealpost.recover({ ...given, ...words, service, sessionName, storage });
      await context.profile.keepService(service);
      context.write(
        { userId: client.userId, loginId: client.loginId },
        `Your password is changed, and you are signed in as ${client.loginId}. All other sessions have ended.`,
      );
      return warnOfState(context, client);
    });
  },
});

/** Before they count: whatever happens then, words that open the account have been seen. */
function showing(context: CommandContext, otherwise: string): (words: string) => Promise<void> {
  return async (words) => {
    if (context.interactive) await confirmWords(context.streams, words);
    else await context.showWords({ recoveryWords: words }, inLines(words), otherwise);
  };
}

const replaceRecoveryKey = command({
  name: 'account replace-recovery-key',
  summary: 'make new recovery words, and end the old ones',
  run: async (_, context) => {
    const password = await context.password(false);
    const show = showing(context, 'The old ones still count.');
    await context.withClient((client) => client.account.replaceRecoveryKey({ password, show }));
    context.write({ recoveryKeyReplaced: true }, 'The new words count from now on, and the old ones no more.');
  },
});

export const compromised = flag('somebody else may have the old keys');

type Account = Sealpost['account'];
type RekeyOptions = Parameters<Account['removeEscrow']>[0];

/** What `account rekey` and `escrow remove` have in common. */
export async function newVaultKey(
  context: CommandContext,
  given: Pick<RekeyOptions, 'compromised' | 'discardState'>,
  change: (account: Account, options: RekeyOptions) => ReturnType<Account['rekey']>,
): Promise<void> {
  const password = await context.password(false);
  const show = showing(context, 'Nothing was changed.');
  await context.withClient(async ({ account }) => {
    const { signedIn } = await change(account, { password, show, ...given });
    const then = signedIn ? 'and you are signed in anew' : 'but the log-in failed: see sealpost login';
    context.write({ rekeyed: true, signedIn }, `Only the new vault key and the new words count, ${then}.`);
  });
}

const rekey = command({
  name: 'account rekey',
  summary: 'make a new vault key, new keys and new recovery words; ends all other sessions',
  options: { compromised, discardState, escrow: optional(text('FINGERPRINT'), 'of the escrow that the account keeps') },
  run: async ({ escrow, ...given }, context) => {
    const kept = escrow === undefined ? {} : { escrow };
    await newVaultKey(context, given, (account, options) => account.rekey({ ...options, ...kept }));
  },
});

export const credentialCommands = [changePassword, changeLoginId, recover, replaceRecoveryKey, rekey];
