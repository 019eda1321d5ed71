import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { run } from '@sealpost/command-line';
import { program } from './program.js';

async function outcomeOf(...words: string[]): Promise<[code: number, said: string]> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(program, words, { stdin: Readable.from([]), stdout, stderr });
  return [code, String((stdout.read() as Buffer | null) ?? '') + String((stderr.read() as Buffer | null) ?? '')];
}

describe("The administrator's command line", () => {
  it.each([
    [['disable'], 'LOGIN_ID is missing'],
    [['accounts', 'disable', 'alice', 'bob'], 'does not take "bob"'],
    [['disable', 'a b c'], 'LOGIN_ID takes a loginId, not "a b c"'],
    [['enable', 'al'], 'LOGIN_ID takes a loginId'],
    [['invite', 'alice'], 'does not take "alice"'],
    [['invite', '--expires-in', '7'], 'like 90s, 30m, 12h or 7d'],
    [['invite', '--expires-in', '0d'], 'from 1m to 365d'],
    [['invite', '--expires-in', '366d'], 'from 1m to 365d'],
    [['reset', 'everything'], '"reset" is followed by list, approve, reject'],
    [['reset', 'approve'], 'LOGIN_ID is missing'],
    [['reset', 'list', 'alice'], 'does not take "alice"'],
    [['migrate', '--expires-in', '7d'], "Unknown option '--expires-in'"],
    [['disable', 'alice', '--output', 'a.json'], "Unknown option '--output'"],
    [['drop'], 'There is no command "drop"'],
    [['migrate', '--force'], "Unknown option '--force'"],
  ])(
    "the administrator's command line refuses %j as wrong usage, before it looks at settings or the database",
    async (words, message) => {
      expect(await outcomeOf(...words)).toEqual([64, expect.stringContaining(message)]);
    },
  );

  it("the administrator's command line explains every command, and says what the settings of a command may be", async () => {
    const [code, help] = await outcomeOf('--help');
    expect([code, help]).toEqual([0, expect.stringMatching(/78 {2}wrong settings/)]);
    for (const name of ['start', 'accounts disable', 'escrow export', 'signing-key rotate'])
      expect(help).toContain(name);
    expect(await outcomeOf('invite', '--help')).toEqual([0, expect.stringContaining('[--expires-in TIME]')]);
    expect(await outcomeOf('reset')).toEqual([64, expect.stringContaining('reset approve LOGIN_ID')]);
  });
});
