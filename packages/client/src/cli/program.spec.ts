import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { run } from '@sealpost/command-line';
import { program } from './program.js';

/** In colour, from right to left, and a sequence of control characters in one byte. */
const SLY = '\u001b[31m\u202e\u009b2J';

async function errorsOf(...args: string[]): Promise<string> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  expect(await run(program, args, { stdin: Readable.from([]), stdout, stderr })).not.toBe(0);
  return String(stderr.read());
}

describe('The command line', () => {
  it('the command line exports to a file that has a name, and makes none called "-"', async () => {
    expect(await errorsOf('account', 'export', '-')).toContain('An export goes to a file');
  });

  it.each([
    ['a name that is no command', [SLY]],
    ['an option that it does not have', ['outbox', `--${SLY}`]],
    ['a folder that cannot be, which nobody has foreseen', ['outbox', '--profile', `/dev/null/${SLY}`]],
    ['the same for programs', ['outbox', '--json', '--profile', `/dev/null/${SLY}`]],
  ])('the command line moves no cursor with %s', async (_, args) => {
    const said = await errorsOf(...args);
    expect(said).toMatch(/31m/);
    for (const character of ['\u001b', '\u009b', '\u202e']) expect(said).not.toContain(character);
  });
});
