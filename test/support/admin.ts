import { execFile } from 'node:child_process';
import { askHost } from './hosted-server.js';
import type { TestServer } from './server.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What `npm run admin -- …` does beside the running server, with its settings, but in a process that has it loaded. */
export async function admin({ env }: Pick<TestServer, 'env'>, ...args: string[]): Promise<CommandResult> {
  return askHost('/admin', { env, args });
}

/** Runs the command in a process of its own, where that is what matters. */
export function adminProcess(server: Pick<TestServer, 'env'>, ...args: string[]): Promise<CommandResult> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...server.env };
  return new Promise((done) => {
    execFile(process.execPath, ['dist/admin/main.js', ...args], { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
