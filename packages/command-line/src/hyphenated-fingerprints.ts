import type { ParseArgsConfig } from 'node:util';

type Options = NonNullable<ParseArgsConfig['options']>;

/** base64url of 32 bytes, as `escrow keygen` prints it, where its first character happens to be a hyphen. */
const HYPHENATED = /^-[A-Za-z0-9_-]{42}$/;

/**
 * One fingerprint in 64 begins with a hyphen, and would be read as a row of short options. The value of an option is
 * joined to it, anything else goes behind `--`.
 */
export function protectFingerprints(args: readonly string[], options: Options): string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  const read: string[] = [];
  const fingerprints: string[] = [];
  for (const arg of args.slice(0, end)) {
    const before = read.at(-1) ?? '';
    if (!HYPHENATED.test(arg)) read.push(arg);
    else if (takesValue(before, options)) read.splice(-1, 1, `${before}=${arg}`);
    else fingerprints.push(arg);
  }
  return [...read, '--', ...fingerprints, ...args.slice(end + 1)];
}

function takesValue(arg: string, options: Options): boolean {
  return arg.startsWith('--') && options[arg.slice(2)]?.type === 'string';
}
