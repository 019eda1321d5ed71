import { flag } from '@sealpost/command-line';
import { SharedStateWarning } from '../errors.js';
import type { Sealpost } from '../sealpost.js';
import type { SharedStateControl, SyncedState } from '../sync/state-sync.js';
import { EncryptedStorage } from '../storage/encrypted-storage.js';
import { command, type CommandContext } from './context.js';
import { EXIT } from './exit-codes.js';
import { newPassphrase } from './passphrase.js';

/** For the commands that sign in. */
export const discardState = flag('give up a shared state that cannot be used, see "state repair"');

/**
 * What the user is told after a sign-in where the state that their devices share cannot be had. They are signed in; what
 * comes next is theirs to decide.
 * @returns the exit code, where it is not 0
 */
export function warnOfState(context: CommandContext, { sharedState }: Sealpost): number | undefined {
  const { problem } = sharedState;
  if (!(problem instanceof SharedStateWarning)) return undefined;
  context.note(
    `sealpost: ${problem.message} [${problem.code}]\n` +
      'What your other devices know of people cannot be had: until that is decided, nobody new is trusted here.\n' +
      'See whether a device that knows them can do it: "sealpost state repair" there. On this one the same, or\n' +
      '--discard-state with a log-in, gives up what only the others knew: then compare safety numbers again.',
  );
  return EXIT.warning;
}

const sync = command({
  name: 'state sync',
  alias: 'state',
  summary: 'share what this device knows of people with your other devices now',
  run: async (_, context) => {
    await context.withClient(async ({ sharedState }) => tell(context, await sharedState.sync(), false));
  },
});

const repair = command({
  name: 'state repair',
  summary: 'replace a shared state that cannot be used, and give up what only other devices knew',
  run: async (_, context) => {
    await context.withClient(
      async ({ sharedState }) => {
        const repaired = await repairOf(sharedState);
        tell(context, repaired ?? (await sharedState.sync()), repaired !== null);
      },
      { discardState: true },
    );
  },
});

function tell(context: CommandContext, state: SyncedState, repaired: boolean): void {
  const { stateVersion, conflicts, forkedStreams, notices } = state;
  const asked = conflicts.length === 0 ? '' : `, with ${conflicts.length} contacts whose keys need a decision`;
  const said = { stateVersion, conflicts, forkedStreams, repaired, notices: notices.map(({ code }) => code) };
  context.write(said, `${repaired ? 'Replaced' : 'Shared'}: version ${stateVersion}${asked}.`);
  for (const notice of notices) context.note(`sealpost: ${notice.message} [${notice.code}]`);
}

/** Whatever is wrong with it now: that is what was asked for. null: nothing was wrong. */
async function repairOf(sharedState: SharedStateControl): Promise<SyncedState | null> {
  try {
    await sharedState.sync();
    return null;
  } catch (error) {
    if (!(error instanceof SharedStateWarning)) throw error;
    return await sharedState.repair(error);
  }
}

const encrypt = command({
  name: 'profile encrypt',
  summary: 'encrypt the profile under a passphrase, or give an encrypted one another',
  run: async (_, context) => {
    await context.withStorage(async (storage) => {
      const passphrase = await newPassphrase(context.streams);
      if (storage instanceof EncryptedStorage) await storage.changeUnlock({ passphrase });
      else await EncryptedStorage.open(storage, { passphrase });
    });
    context.write({ encrypted: true }, 'The profile is encrypted. Every command needs its passphrase from now on.');
  },
});

export const profileCommands = [sync, repair, encrypt];
