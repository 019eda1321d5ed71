import type { ResetAdministration } from '../modules/auth/index.js';
import type { Command } from './command-line.js';

export type ResetCommand = Extract<Command, { readonly name: `reset ${string}` }>;

/** @returns what to tell the administrator */
export async function runResetCommand(command: ResetCommand, resets: ResetAdministration): Promise<string> {
  switch (command.name) {
    case 'reset list':
      return list(resets);
    case 'reset approve':
      return approve(command.loginId, resets);
    case 'reset reject':
      await resets.reject(command.loginId);
      return `No reset of ${command.loginId} is pending any more.\n`;
  }
}

async function list(resets: ResetAdministration): Promise<string> {
  const waiting = await resets.list();
  if (waiting.length === 0) return 'No reset waits for an approval.\n';
  return waiting
    .map(
      ({ loginId, requestedAt, client }) => `${timeText(requestedAt)}  ${loginId}  ${client ?? '(unknown client)'}\n`,
    )
    .join('');
}

async function approve(loginId: string, resets: ResetAdministration): Promise<string> {
  const { token, availableAt, expiresAt } = await resets.approve(loginId);
  const when = `from ${timeText(availableAt)} until ${timeText(expiresAt)}.`;
  if (token === null) return `The reset of ${loginId} is approved. The token from the mail can be used ${when}\n`;
  return `${token}\nHand this token to the owner of ${loginId} in person. It can be used once, ${when}\n`;
}

function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
