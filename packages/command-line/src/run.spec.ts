import { execFileSync } from 'node:child_process';
import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { commandOf, type Program } from './command.js';
import { Output } from './output.js';
import { flag, many, optional, required } from './parameters.js';
import { run } from './run.js';
import { UsageError } from './usage-error.js';
import { choice, count, duration, text } from './values.js';

const FINGERPRINT = `-w${'A'.repeat(41)}`;
const command = commandOf<Output>();

const refuse = (): never => {
  throw new UsageError('Not here');
};

/** A program that says what it was given. */
const program: Program<Output, { readonly place: ReturnType<typeof optional<string>> }> = {
  name: 'post',
  version: '1.2.3',
  summary: 'carries letters',
  options: { place: optional(text('PLACE'), 'where from', { env: 'POST_PLACE' }) },
  sections: {
    Letters: [
      command({
        name: 'letters send',
        alias: 'send',
        summary: 'send a letter',
        details: 'Nobody reads it.',
        arguments: { toWhom: many(text(), 'who gets it') },
        options: {
          paper: optional(choice(['thin', 'thick']), 'what it is written on'),
          within: optional(duration('1s', '7d'), 'how fast'),
          text: optional(text(), 'what it says', { short: 't' }),
          sealed: flag('with wax'),
          secret: optional({ ...text(), read: refuse }, 'not to be used', { hidden: true }),
        },
        run: async (given, output) => output.write(given, 'sent'),
      }),
      command({
        name: 'letters list',
        alias: 'letters',
        summary: 'list letters',
        options: { limit: optional(count(), 'how many'), box: many(text(), 'which') },
        run: async (given, output) => output.write(given, 'listed'),
      }),
    ],
    Pens: [
      command({ name: 'pens list', summary: 'list pens', run: async () => 0 }),
      command({ name: 'pens lose', summary: 'lose a pen', options: { ink: flag('with it') }, run: async () => 0 }),
    ],
    Keys: [
      command({ name: 'keys list', alias: 'keys', summary: 'list keys', run: async () => 0 }),
      command({
        name: 'keys add',
        summary: 'add a key',
        arguments: { fingerprint: required(text(), 'of the key') },
        run: async ({ fingerprint }, output) => {
          output.write({ fingerprint }, fingerprint);
          return 5;
        },
      }),
      command({
        name: 'keys lose',
        summary: 'lose a key',
        options: { loudly: flag('and say so') },
        run: async () => {
          throw new Error('Lost');
        },
      }),
    ],
  },
  exitCodes: { 2: 'wrong usage', 5: 'a key was added' },
  usageExitCode: 2,
  context: ({ place }, output) => {
    if (place !== undefined) output.note(`from ${place}`);
    return output;
  },
  explain: () => undefined,
};

async function outcomeOf(words: readonly string[], environment = {}) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await run(program, words, { stdin: Readable.from([]), stdout, stderr }, environment);
  const said = (stream: PassThrough): string => String((stream.read() as Buffer | null) ?? '');
  return { code, stdout: said(stdout), stderr: said(stderr) };
}

const given = async (...words: string[]): Promise<unknown> =>
  JSON.parse((await outcomeOf([...words, '--json'])).stdout);

describe('A table of commands', () => {
  it('a table of commands reads arguments and options as what they say', async () => {
    expect(await given('letters', 'send', 'a', 'b', '--within', '2h', '--paper=thin', '-t', 'x')).toEqual({
      toWhom: ['a', 'b'],
      within: 7_200_000,
      paper: 'thin',
      text: 'x',
      sealed: false,
    });
    expect(await given('send', 'a', '--sealed')).toEqual({ toWhom: ['a'], sealed: true });
    expect(await given('letters', '--limit', '3', '--box', 'p', '--box', 'q')).toEqual({ limit: 3, box: ['p', 'q'] });
  });

  it('a table of commands takes a fingerprint that begins with a hyphen for what it is', async () => {
    expect(await outcomeOf(['keys', 'add', FINGERPRINT])).toEqual({ code: 5, stdout: `${FINGERPRINT}\n`, stderr: '' });
  });

  it('a table of commands takes an option from the environment, unless it is typed', async () => {
    const environment = { POST_PLACE: 'Ulm' };
    expect((await outcomeOf(['letters'], environment)).stderr).toBe('from Ulm\n');
    expect((await outcomeOf(['letters', '--place', 'Bonn'], environment)).stderr).toBe('from Bonn\n');
  });

  it.each([
    [['fly'], 'There is no command "fly": see post --help'],
    [['letters', 'burn'], '"letters" is followed by send, list'],
    [['letters', 'list', 'a'], '"letters list" does not take "a"'],
    [['send'], 'TO_WHOM is missing'],
    [['keys', 'add'], 'FINGERPRINT is missing: of the key'],
    [['send', 'a', '--within', '8d'], '--within takes a time like 90s, 30m, 12h or 7d, from 1s to 7d, not "8d"'],
    [['send', 'a', '--within', '5'], '--within takes a time'],
    [['send', 'a', '--paper', 'gold'], '--paper takes one of thin, thick, not "gold"'],
    [['letters', '--limit', '-1'], '--limit'],
    [['letters', '--limit', 'x'], '--limit takes a whole number'],
    [['letters', '--speed'], "Unknown option '--speed'"],
  ])('a table of commands refuses %j', async (words, message) => {
    expect(await outcomeOf(words)).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    const { stderr } = await outcomeOf([...words, '--json']);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'cli.usage' } });
  });

  it('a table of commands does nothing, and says so by its exit code, where an option stands between a noun and its verb', async () => {
    const { code, stdout } = await outcomeOf(['pens', '--place', 'Ulm', 'lose']);
    expect([code, stdout]).toEqual([2, expect.stringContaining('pens lose')]);
  });

  it('a table of commands neither shows nor offers an option that is known only to be refused', async () => {
    const { stdout } = await outcomeOf(['letters', 'send', '--help']);
    const completion = (await outcomeOf(['completion', 'bash'])).stdout;
    for (const text of [stdout, completion]) expect(text).not.toContain('secret');
    const refused = await outcomeOf(['letters', 'send', 'a', '--secret', 'pssst']);
    expect(refused).toEqual({ code: 2, stdout: '', stderr: 'post: Not here\n' });
  });

  it('a table of commands shows the stack of an error that nobody foresaw', async () => {
    expect(await outcomeOf(['keys', 'lose'])).toMatchObject({ code: 1, stderr: expect.stringMatching(/Lost\n +at /) });
  });

  it('a table of commands explains itself: the program, a noun, a command, its version', async () => {
    const { code, stdout } = await outcomeOf(['--help']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('letters send TO_WHOM…  send a letter (short: send)')]);
    for (const part of ['Letters\n', '--place PLACE', 'or POST_PLACE', '5  a key was added'])
      expect(stdout).toContain(part);
    expect(await outcomeOf([])).toEqual({ code: 2, stdout, stderr: '' });
    expect(await outcomeOf(['help'])).toEqual({ code: 0, stdout, stderr: '' });
    expect((await outcomeOf(['keys', '--help'])).stdout).toContain('keys add FINGERPRINT  add a key');
    const own = await outcomeOf(['send', '--help']);
    expect(own.stdout).toContain('Usage: post letters send TO_WHOM… [--paper thin|thick] [--within TIME]');
    expect(await outcomeOf(['help', 'letters', 'send'])).toEqual(own);
    expect((await outcomeOf(['--version'])).stdout).toBe('1.2.3\n');
  });
});

describe('The completion', () => {
  it('the completion of bash offers what may follow', async () => {
    const script = (await outcomeOf(['completion', 'bash'])).stdout;
    const offers = (...words: string[]): string[] => {
      const line = words.map((word) => `'${word}'`).join(' ');
      const program = `${script}COMP_WORDS=(post ${line}); COMP_CWORD=${words.length}; _post; echo "\${COMPREPLY[@]}"`;
      return execFileSync('bash', ['-c', program], { encoding: 'utf8' }).trim().split(' ');
    };
    expect(offers('')).toEqual(['letters', 'send', 'pens', 'keys', 'completion', 'help']);
    expect(offers('letters', 's')).toEqual(['send']);
    expect(offers('pens', '')).toEqual(['list', 'lose']);
    expect(offers('pens', 'lose', '--i')).toEqual(['--ink']);
    expect(offers('keys', 'lose', '--l')).toEqual(['--loudly']);
    expect(offers('letters', 'send', 'a', '--p')).toEqual(['--paper', '--place']);
    expect(offers('send', '--wi')).toEqual(['--within']);
    expect(offers('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh', 'fish']));
  });

  it.each(['zsh', 'fish'])('the completion of %s knows the same', async (shell) => {
    const { stdout } = await outcomeOf(['completion', shell]);
    for (const word of ['letters send ', 'list lose', '--within', 'completion']) expect(stdout).toContain(word);
  });
});
