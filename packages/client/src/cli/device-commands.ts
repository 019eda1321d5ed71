import { Sealpost } from '../sealpost.js';
import type { PendingDevice } from '../devices/devices.js';
import type { Command, CommandContext } from './command.js';
import { stateOptions, warnOfState } from './state-commands.js';
import { askLine, printable, timeText } from './terminal.js';
import { UsageError } from './usage-error.js';

const join: Command = {
  usage: 'LOGIN_ID --url ADDRESS --service-id NAME [--device-name N] [--discard-state]',
  summary: 'sign in on this profile without the password: another device of the user approves it by a code',
  options: { 'device-name': { type: 'string' }, ...stateOptions },
  run: async (context) => {
    const loginId = context.only('loginId');
    const service = await context.service();
    const deviceName = context.text('device-name') ?? 'command line';
    const discardState = context.flag('discard-state');
    return context.withStorage(async (storage) => {
      context.streams.stderr.write(`Run "sealpost devices approve" where ${printable(loginId)} is signed in.\n`);
      const confirmCode = (code: string, over: AbortSignal): Promise<boolean> => confirm(context, code, over);
      const client = await Sealpost.joinAsNewDevice({
        service,
        storage,
        loginId,
        deviceName,
        confirmCode,
        discardState,
      });
      await context.profile.keepService(service);
      const { userId } = client;
      context.write({ userId, loginId: client.loginId }, `Signed in as ${client.loginId} (${userId}).`);
      return warnOfState(context, client);
    });
  },
};

/** Only the user sees both devices. */
async function confirm(context: CommandContext, code: string, over: AbortSignal): Promise<boolean> {
  const answer = await askLine(
    context.streams,
    `The code of this device is ${code}\nType it on the other device. Does that one say that it has approved? [yes/no] `,
    over,
  );
  return /^y(es)?$/i.test(answer.trim());
}

const devices: Command = {
  usage: '[approve [ID] | deny ID]',
  summary: 'list new devices that want to join; hand the keys over to one by its code, or refuse it',
  options: {},
  run: async (context) => {
    const [action = 'list', id, ...rest] = context.positionals;
    if (rest.length > 0) throw new UsageError(`Unexpected argument ${rest[0] ?? ''}`);
    if (action === 'list') await context.withClient((client) => list(context, client));
    else if (action === 'approve') await context.withClient((client) => approve(context, client, id));
    else if (action === 'deny') await context.withClient((client) => deny(context, client, id));
    else throw new UsageError(`There is no "devices ${printable(action)}"`);
    return undefined;
  },
};

async function list(context: CommandContext, client: Sealpost): Promise<void> {
  for (const device of await client.devices.pending()) {
    const note = device.open ? '' : '  (begun)';
    context.write(device, `${device.id}  until ${timeText(device.expiresAt)}  ${nameOf(device)}${note}`);
  }
}

async function approve(context: CommandContext, client: Sealpost, given: string | undefined): Promise<void> {
  const { id, deviceName } = await choose(client, given);
  const question = `Code that ${printable(deviceName) || 'the new device'} shows: `;
  await client.devices.approve(id, () => askLine(context.streams, question));
  context.write({ approved: id }, `Approved ${id}. Say so on the new device.`);
}

/** Without an id, the one device that waits. */
async function choose(client: Sealpost, given: string | undefined): Promise<PendingDevice> {
  const pending = await client.devices.pending();
  const open = pending.filter((device) => (given === undefined ? device.open : device.id === given));
  const [device, second] = open;
  if (device === undefined) throw new UsageError('No such device waits for approval');
  if (second !== undefined) throw new UsageError('Several devices wait: name one of "sealpost devices"');
  return device;
}

async function deny(context: CommandContext, client: Sealpost, id: string | undefined): Promise<void> {
  if (id === undefined) throw new UsageError('Name the device: see "sealpost devices"');
  await client.devices.deny(id);
  context.write({ denied: id }, `Denied ${id}.`);
}

function nameOf({ deviceName }: PendingDevice): string {
  return deviceName === '' ? '(no name)' : `calls itself ${printable(deviceName)}`;
}

export const deviceCommands = { join, devices } satisfies Record<string, Command>;
