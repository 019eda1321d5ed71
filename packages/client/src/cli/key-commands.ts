import { ReboundLoginIdWarning, type ContactWarning } from '../contacts/contact-errors.js';
import type { Contact } from '../contacts/contacts.js';
import type { Sealpost } from '../sealpost.js';
import type { Command, CommandContext } from './command.js';
import { UsageError } from './usage-error.js';
import { timeText } from './terminal.js';

const keys: Command = {
  usage: '[USER]',
  summary: 'list the versions of your keys, and when they are too old to send with, or look somebody’s up',
  options: {},
  run: async (context) => {
    const [user, ...rest] = context.positionals;
    if (rest.length > 0) throw new UsageError('Give one user at most');
    await context.withClient(async (client) => {
      if (user !== undefined) {
        writeContact(context, await client.contacts.get(user));
        return;
      }
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
    return undefined;
  },
};

function writeContact(context: CommandContext, { warning, ...contact }: Contact): void {
  const { userId, loginId, keyVersion, verified } = contact;
  const code = warning === undefined ? {} : { warning: warning.code };
  const trust = verified ? 'verified' : 'not verified';
  const alert = warning === undefined ? '' : `\n! ${warning.message}`;
  context.write({ ...contact, ...code }, `${loginId ?? '?'}  ${userId}  key version ${keyVersion}  ${trust}${alert}`);
}

const rotate: Command = {
  usage: '[--compromised | --when-due]',
  summary:
    'replace your keys; --compromised says that somebody else may have the old ones; --when-due does it only where the service will soon ask for it',
  options: { compromised: { type: 'boolean' }, 'when-due': { type: 'boolean' } },
  run: async (context) => {
    context.none();
    const earlierKeysCompromised = context.flag('compromised');
    const whenDue = context.flag('when-due');
    if (whenDue && earlierKeysCompromised) throw new UsageError('Give one of --compromised and --when-due');
    await context.withClient(async (client) => {
      if (whenDue) {
        const made = await client.keys.rotateWhenDue();
        if (made === null) context.write({ due: false }, 'Your keys are young enough.');
        else context.write(made, `Your keys are now version ${made.version}.`);
        return;
      }
      const version = await client.keys.rotate({ earlierKeysCompromised });
      context.write(version, `Your keys are now version ${version.version}.`);
    });
    return undefined;
  },
};

const safetyNumber: Command = {
  usage: 'USER [--verify NUMBER]',
  summary: 'show the number that both of you must see alike; --verify marks the user as compared',
  options: { verify: { type: 'string' } },
  run: async (context) => {
    const user = context.only('user');
    const compared = context.text('verify');
    await context.withClient(async (client) => {
      if (compared !== undefined) writeContact(context, await client.contacts.verify(user, compared));
      const number = await client.contacts.safetyNumber(user);
      context.write({ user, safetyNumber: number }, number);
    });
    return undefined;
  },
};

const accept: Command = {
  usage: 'USER --yes',
  summary: 'let a user through whose keys or loginId have changed; talk to them first',
  options: { yes: { type: 'boolean' } },
  run: async (context) => {
    const user = context.only('user');
    await context.withClient(async (client) => {
      const warning = await pendingWarning(client, user);
      if (warning === undefined) {
        context.write({ accepted: false }, 'There is nothing to accept.');
        return;
      }
      if (!context.flag('yes')) throw warning;
      writeContact(context, await client.contacts.accept(warning));
    });
    return undefined;
  },
};

async function pendingWarning(client: Sealpost, user: string): Promise<ContactWarning | undefined> {
  try {
    return (await client.contacts.get(user)).warning;
  } catch (error) {
    if (error instanceof ReboundLoginIdWarning) return error;
    throw error;
  }
}

export const keyCommands = { keys, rotate, 'safety-number': safetyNumber, accept } satisfies Record<string, Command>;
