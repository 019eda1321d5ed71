import { SharedStateWarning } from '../errors.js';
import type { Sealpost } from '../sealpost.js';
import type { SharedStateControl, SyncedState } from '../shared/state-sync.js';
import type { Command, CommandContext } from './command.js';
import { EXIT } from './exit-codes.js';

/** For the commands that sign in. */
export const stateOptions = { 'discard-state': { type: 'boolean' } } as const;

/**
 * What the user is told after a sign-in where the state that their devices share cannot be had. They are signed in; what
 * comes next is theirs to decide.
 * @returns the exit code, where it is not 0
 */
export function warnOfState({ streams }: CommandContext, { sharedState }: Sealpost): number | undefined {
  const { problem } = sharedState;
  if (!(problem instanceof SharedStateWarning)) return undefined;
  streams.stderr.write(
    `sealpost: ${problem.message} [${problem.code}]\n` +
      'What your other devices know of people cannot be had: until that is decided, nobody new is trusted here.\n' +
      'See whether a device that knows them can do it: "sealpost state --repair" there. On this one the same, or\n' +
      '--discard-state with a log-in, gives up what only the others knew: then compare safety numbers again.\n',
  );
  return EXIT.warning;
}

const state: Command = {
  usage: '[--repair]',
  summary:
    'share what this device knows of people with your other devices now; --repair replaces a state that cannot be used, ' +
    'and gives up what only others knew',
  options: { repair: { type: 'boolean' } },
  run: async (context) => {
    context.none();
    await context.withClient(
      async ({ sharedState }) => {
        const repaired = context.flag('repair') ? await repair(sharedState) : null;
        const { stateVersion, conflicts, forkedStreams } = repaired ?? (await sharedState.sync());
        const done = repaired === null ? 'Shared' : 'Replaced';
        const asked = conflicts.length === 0 ? '' : `, with ${conflicts.length} contacts whose keys need a decision`;
        const said = { stateVersion, conflicts, forkedStreams, repaired: repaired !== null };
        context.write(said, `${done}: version ${stateVersion}${asked}.`);
      },
      { discardState: context.flag('repair') },
    );
    return undefined;
  },
};

/** Whatever is wrong with it now: that is what was asked for. null: nothing was wrong. */
async function repair(sharedState: SharedStateControl): Promise<SyncedState | null> {
  try {
    await sharedState.sync();
    return null;
  } catch (error) {
    if (!(error instanceof SharedStateWarning)) throw error;
    return await sharedState.repair(error);
  }
}

export const stateCommands = { state } satisfies Record<string, Command>;
