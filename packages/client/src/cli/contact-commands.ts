import { flag, required, text } from '@sealpost/command-line';
import { ContactWarning } from '../trust/contact-errors.js';
import type { Contact } from '../contacts/contacts.js';
import type { Sealpost } from '../sealpost.js';
import { command, type CommandContext } from './context.js';

const whom = { user: required(text(), 'a loginId or a userId') };

const show = command({
  name: 'contacts show',
  summary: 'look up somebody’s keys, and whether you have compared them',
  arguments: whom,
  run: async ({ user }, context) => {
    await context.withClient(async (client) => writeContact(context, await client.contacts.get(user)));
  },
});

function writeContact(context: CommandContext, { warning, ...contact }: Contact): void {
  const { userId, loginId, keyVersion, verified, verifiedVersion, trust } = contact;
  const code = warning === undefined ? {} : { warning: warning.code };
  const since = verifiedVersion === undefined || verifiedVersion >= keyVersion ? '' : ` at version ${verifiedVersion}`;
  const state = `${verified ? `verified${since}` : 'not verified'}, ${trust}`;
  const alert = warning === undefined ? '' : `\n! ${warning.message}`;
  context.write({ ...contact, ...code }, `${loginId ?? '?'}  ${userId}  key version ${keyVersion}  ${state}${alert}`);
}

const accept = command({
  name: 'contacts accept',
  alias: 'accept',
  summary: 'say that a stranger’s messages are welcome, or let a user through whose keys have changed',
  arguments: whom,
  options: { yes: flag('let a user through whose keys or loginId have changed: talk to them first') },
  run: async ({ user, yes }, context) => {
    await context.withClient(async (client) => {
      const warning = await pendingWarning(client, user);
      if (warning === undefined) {
        const { trust } = await client.contacts.get(user);
        if (trust === 'stranger') writeContact(context, await client.contacts.accept(user));
        else context.write({ accepted: false }, 'There is nothing to accept.');
        return;
      }
      if (!yes) throw warning;
      writeContact(context, await client.contacts.accept(warning));
    });
  },
});

async function pendingWarning(client: Sealpost, user: string): Promise<ContactWarning | undefined> {
  try {
    return (await client.contacts.get(user)).warning;
  } catch (error) {
    if (error instanceof ContactWarning) return error;
    throw error;
  }
}

const safetyNumber = command({
  name: 'contacts safety-number',
  alias: 'safety-number',
  summary: 'show the number that both of you must see alike',
  arguments: whom,
  run: async ({ user }, context) => {
    await context.withClient(async (client) => {
      const number = await client.contacts.safetyNumber(user);
      const { keyVersion, keysHash, verifiedVersion } = await client.contacts.get(user);
      const mark =
        verifiedVersion === undefined
          ? 'not compared yet'
          : `compared when the keys were at version ${verifiedVersion}`;
      const compared = verifiedVersion === undefined ? {} : { verifiedVersion };
      context.write({ user, safetyNumber: number, keyVersion, keysHash, ...compared }, number);
      // Beside it, so that the output is the number alone, as both sides see it.
      if (!context.json) context.note(`${mark}; keys at version ${keyVersion}, ${keysHash}`);
    });
  },
});

const verify = command({
  name: 'contacts verify',
  summary: 'mark somebody as compared, by the safety number that they see',
  arguments: { ...whom, number: required(text(), 'as the other side reads it out') },
  run: async ({ user, number }, context) => {
    await context.withClient(async (client) => writeContact(context, await client.contacts.verify(user, number)));
  },
});

const block = command({
  name: 'contacts block',
  summary: 'keep somebody’s messages away, on all your devices',
  arguments: whom,
  run: async ({ user }, context) => {
    await context.withClient((client) => client.contacts.block(user));
    context.write({ blocked: user }, 'Blocked. They are not told.');
  },
});

const unblock = command({
  name: 'contacts unblock',
  summary: 'let them in again',
  arguments: whom,
  run: async ({ user }, context) => {
    await context.withClient((client) => client.contacts.unblock(user));
    context.write({ unblocked: user }, 'Their messages come again. What they sent meanwhile does not.');
  },
});

const blocked = command({
  name: 'contacts blocked',
  summary: 'list whom you have blocked',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      for (const userId of await client.contacts.blocked()) context.write({ userId }, userId);
    });
  },
});

export const contactCommands = [show, accept, safetyNumber, verify, block, unblock, blocked];
