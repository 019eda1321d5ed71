import { execFile } from 'node:child_process';
import type { TestServer } from './server.js';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** `npm run admin -- …` beside the running server, with its settings. */
export function admin(server: Pick<TestServer, 'env'>, ...args: string[]): Promise<CommandResult> {
  const { PATH = '', HOME = '' } = process.env;
  const env = { PATH, HOME, ...server.env };
  return new Promise((done) => {
    execFile(process.execPath, ['dist/admin/main.js', ...args], { env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}
