import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { codeOf } from '@sealpost/file-lock';
import { UsageError, type Streams } from '@sealpost/command-line';
import { askSecret } from './terminal.js';

/** Where automated runs have the passphrase of the profile. */
const FILE = 'SEALPOST_CLIENT_PASSPHRASE_FILE';
/** A command of the system's keystore that prints it, e.g. `secret-tool lookup service sealpost`. */
const COMMAND = 'SEALPOST_CLIENT_PASSPHRASE_COMMAND';
const INSTEAD = `the passphrase: give it with ${FILE} or ${COMMAND}`;

/** The passphrase of an encrypted profile: from a file or a command that the environment names, or asked for. */
export async function profilePassphrase(streams: Streams): Promise<string> {
  return (await given()) ?? askSecret(streams, 'Passphrase of the profile: ', INSTEAD);
}

/** A new one: asked for twice, since nobody can bring it back. */
export async function newPassphrase(streams: Streams): Promise<string> {
  const automated = await given();
  if (automated !== null) return automated;
  const passphrase = await askSecret(streams, 'New passphrase of the profile: ', INSTEAD);
  if ((await askSecret(streams, 'New passphrase again: ', INSTEAD)) === passphrase) return passphrase;
  throw new UsageError('The two passphrases differ');
}

async function given(): Promise<string | null> {
  const { [FILE]: file, [COMMAND]: command } = process.env;
  if (file !== undefined && file !== '') {
    const text = await readFile(file, 'utf8').catch((cause: unknown) => {
      throw new UsageError(`The file of ${FILE} cannot be read (${codeOf(cause)})`);
    });
    return firstLine(text);
  }
  if (command === undefined || command === '') return null;
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command]).catch(() => {
    // Neither what it printed nor what it complained about belongs into a message.
    throw new UsageError(`The command of ${COMMAND} failed`);
  });
  return firstLine(stdout);
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}
