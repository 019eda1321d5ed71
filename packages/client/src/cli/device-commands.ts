import { optional, printable, required, text, timeText, UsageError } from '@sealpost/command-line';
import { Sealpost } from '../sealpost.js';
import type { PendingDevice } from '../devices/devices.js';
import { command, type CommandContext } from './context.js';
import { discardState, warnOfState } from './state-commands.js';
import { askLine } from './terminal.js';

const join = command({
  name: 'devices join',
  alias: 'join',
  summary: 'sign in on this profile without the password: another device of yours approves it by a code',
  arguments: { loginId: required(text(), 'what you log in with') },
  options: { deviceName: optional(text('NAME'), 'what the other device shows'), discardState },
  run: async ({ loginId, deviceName = 'command line', discardState }, context) => {
    const service = await context.service();
    return context.withStorage(async (storage) => {
      context.note(`Run "sealpost devices approve" where ${printable(loginId)} is signed in.`);
      const confirmCode = (code: string, over: AbortSignal): Promise<boolean> => confirm(context, code, over);
      const options = { service, storage, loginId, deviceName, confirmCode, discardState };
      const client = await Sealpost.join(options);
      await context.profile.keepService(service);
      const { userId } = client;
      context.write({ userId, loginId: client.loginId }, `Signed in as ${client.loginId} (${userId}).`);
      return warnOfState(context, client);
    });
  },
});

/** Only the user sees both devices. */
async function confirm(context: CommandContext, code: string, over: AbortSignal): Promise<boolean> {
  const answer = await askLine(
    context.streams,
    `The code of this device is ${code}\nType it on the other device. Does that one say that it has approved? [yes/no] `,
    over,
  );
  return /^y(es)?$/i.test(answer.trim());
}

const list = command({
  name: 'devices list',
  alias: 'devices',
  summary: 'list new devices that want to join',
  run: async (_, context) => {
    await context.withClient(async (client) => {
      for (const device of await client.devices.pending()) {
        const note = device.open ? '' : '  (begun)';
        context.write(device, `${device.id}  until ${timeText(device.expiresAt)}  ${nameOf(device)}${note}`);
      }
    });
  },
});

const approve = command({
  name: 'devices approve',
  summary: 'hand the keys over to a new device, by the code that it shows',
  arguments: { id: optional(text(), 'of "devices list", where several wait') },
  run: async ({ id: given }, context) => {
    await context.withClient(async (client) => {
      const { id, deviceName } = await choose(client, given);
      const question = `Code that ${printable(deviceName) || 'the new device'} shows: `;
      await client.devices.approve(id, () => askLine(context.streams, question));
      context.write({ approved: id }, `Approved ${id}. Say so on the new device.`);
    });
  },
});

/** Without an id, the one device that waits. */
async function choose(client: Sealpost, given: string | undefined): Promise<PendingDevice> {
  const pending = await client.devices.pending();
  const open = pending.filter((device) => (given === undefined ? device.open : device.id === given));
  const [device, second] = open;
  if (device === undefined) throw new UsageError('No such device waits for approval');
  if (second !== undefined) throw new UsageError('Several devices wait: name one of "sealpost devices list"');
  return device;
}

const deny = command({
  name: 'devices deny',
  summary: 'refuse a new device',
  arguments: { id: required(text(), 'of "devices list"') },
  run: async ({ id }, context) => {
    await context.withClient((client) => client.devices.deny(id));
    context.write({ denied: id }, `Denied ${id}.`);
  },
});

function nameOf({ deviceName }: PendingDevice): string {
  return deviceName === '' ? '(no name)' : `calls itself ${printable(deviceName)}`;
}

export const deviceCommands = [join, list, approve, deny];
