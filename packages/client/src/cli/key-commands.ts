import { flag, timeText, UsageError } from '@sealpost/command-line';
import { RestoredAccountWarning } from '../errors.js';
import { command } from './context.js';

const list = command({
  name: 'keys list',
  alias: 'keys',
  summary: 'list the versions of your keys, and when they are too old to send with',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      const versions = await client.keys.list();
      const { dueAt } = await client.keys.policy();
      for (const version of versions) {
        const made = timeText(version.createdAt);
        const due = dueAt === undefined || version !== versions.at(-1) ? {} : { dueAt };
        const rotateBy = due.dueAt === undefined ? '' : `  rotate before ${timeText(due.dueAt)}`;
        const text = `version ${version.version}  ${made}  ${version.keysHash}${rotateBy}`;
        context.write({ ...version, ...due }, text);
      }
    });
  },
});

const rotate = command({
  name: 'keys rotate',
  alias: 'rotate',
  summary: 'replace your keys',
  options: {
    compromised: flag('somebody else may have the old ones'),
    whenDue: flag('only where the service will soon ask for it'),
  },
  run: async ({ compromised: earlierKeysCompromised, whenDue }, context) => {
    if (whenDue && earlierKeysCompromised) throw new UsageError('Give one of --compromised and --when-due');
    await context.withClient(async ({ keys }) => {
      const made = whenDue ? await keys.rotateWhenDue() : await keys.rotate({ earlierKeysCompromised });
      if (made === null) context.write({ due: false }, 'Your keys are young enough.');
      else context.write(made, `Your keys are now version ${made.version}.`);
    });
  },
});

const acceptRestored = command({
  name: 'keys accept-restored',
  summary: 'go on after the service was restored from a backup',
  details: 'Gives it back the keys that it lost, or accepts those that it has; see also "login --accept-restored".',
  options: { yes: flag('do it; without, only the question is shown') },
  run: async ({ yes }, context) => {
    await context.withClient(async (client) => {
      const warning = await client.keys.list().catch((error: unknown) => error);
      if (!(warning instanceof RestoredAccountWarning)) {
        if (warning instanceof Error) throw warning;
        context.write({ outcome: 'nothing' }, 'The service shows all keys that were seen.');
        return;
      }
      if (!yes) throw warning;
      const outcome = await client.keys.acceptRestored(warning);
      const said = {
        republished: 'The service has your keys again.',
        'given-up': 'Your newer keys are given up. Replace the present ones with "keys rotate".',
      };
      context.write({ outcome }, said[outcome]);
    });
  },
});

export const keyCommands = [list, rotate, acceptRestored];
