import { Sealpost } from '../sealpost.js';
import { CREDENTIALS, credentialOptions } from './account-commands.js';
import type { Command } from './command.js';
import { confirmWords, inLines } from './recovery-words.js';
import { stateOptions, warnOfState } from './state-commands.js';

const passwordStdin = { 'password-stdin': credentialOptions['password-stdin'] } as const;

const PRESENT = { name: 'Password', twice: false };
const NEW = { name: 'New password', twice: true };

const password: Command = {
  usage: '[--password-stdin]',
  summary: 'change your password; ends all other sessions. Standard input has the present one, then the new one',
  options: passwordStdin,
  run: async (context) => {
    context.none();
    const [present = '', newPassword = ''] = await context.secrets([PRESENT, NEW]);
    await context.withClient((client) => client.account.changePassword({ password: present, newPassword }));
    context.write({ passwordChanged: true }, 'Your password is changed. All other sessions have ended.');
    return undefined;
  },
};

const loginId: Command = {
  usage: 'NEW_LOGIN_ID [--password-stdin]',
  summary: 'change what you log in with; ends all other sessions',
  options: passwordStdin,
  run: async (context) => {
    const newLoginId = context.only('new loginId');
    const present = await context.password(false);
    await context.withClient(async (client) => {
      await client.account.changeLoginId({ password: present, newLoginId });
      context.write({ loginId: client.loginId }, `You are ${client.loginId} now. All other sessions have ended.`);
    });
    return undefined;
  },
};

const recover: Command = {
  usage: `LOGIN_ID ${CREDENTIALS} [--new-login-id NEW] [--discard-state]`,
  summary:
    'set a new password, and a new loginId where you want one, with your recovery words. Standard input has the words, then the new password',
  options: { ...credentialOptions, ...stateOptions, 'new-login-id': { type: 'string' } },
  run: async (context) => {
    const newLoginId = context.text('new-login-id');
    const given = {
      loginId: context.only('loginId'),
      service: await context.service(),
      ...(newLoginId === undefined ? {} : { newLoginId }),
    };
    const sessionName = context.text('session-name') ?? 'command line';
    const [recoveryWords = '', newPassword = ''] = await context.secrets([
      { name: 'Recovery words (24, not shown)', twice: false },
      NEW,
    ]);
    const discardState = context.flag('discard-state');
    return context.withStorage(async (storage) => {
      const words = { recoveryWords, newPassword };
      const client = await Sealpost.recover({ ...given, ...words, sessionName, storage, discardState });
      await context.profile.keepService(given.service);
      context.write(
        { userId: client.userId, loginId: client.loginId },
        `Your password is changed, and you are signed in as ${client.loginId}. All other sessions have ended.`,
      );
      return warnOfState(context, client);
    });
  },
};

const recoveryKey: Command = {
  usage: '[--password-stdin]',
  summary: 'make new recovery words, and end the old ones',
  options: passwordStdin,
  run: async (context) => {
    context.none();
    const present = await context.password(false);
    // Before they count: whatever happens then, words that open the account have been seen.
    const show = async (words: string): Promise<void> => {
      if (context.interactive) await confirmWords(context.streams, words);
      else context.write({ recoveryWords: words }, inLines(words));
    };
    await context.withClient((client) => client.account.replaceRecoveryKey({ password: present, show }));
    context.write({ recoveryKeyReplaced: true }, 'The new words count from now on, and the old ones no more.');
    return undefined;
  },
};

export const credentialCommands = {
  password,
  'login-id': loginId,
  recover,
  'recovery-key': recoveryKey,
} satisfies Record<string, Command>;
