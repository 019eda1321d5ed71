/** What one word of a command line says. */
export interface ValueType<T> {
  /** How the help shows it; by default the name of the argument or option. */
  readonly placeholder?: string;
  /** In the sentence "--limit takes …". */
  readonly expected: string;
  /** @returns undefined where the word does not say such a value */
  readonly read: (word: string) => T | undefined;
  /** All words that there are, for the completion. */
  readonly choices?: readonly string[];
}

/** @param placeholder as the help shows it */
export function text(placeholder?: string): ValueType<string> {
  return { ...named(placeholder), expected: 'a text', read: (word) => word };
}

export const file: ValueType<string> = { placeholder: 'FILE', expected: 'a file', read: (word) => word };

/**
 * A text in one form.
 * @param read throws where it is none
 */
export function textLike(expected: string, read: (word: string) => string): ValueType<string> {
  return {
    expected,
    read: (word) => {
      try {
        return read(word);
      } catch {
        return undefined;
      }
    },
  };
}

/** A whole number from 0. */
export function count(placeholder = 'N'): ValueType<number> {
  const read = (word: string): number | undefined => (/^\d{1,15}$/.test(word) ? Number(word) : undefined);
  return { placeholder, expected: 'a whole number', read };
}

export function choice<const T extends string>(choices: readonly T[]): ValueType<T> {
  const read = (word: string): T | undefined => choices.find((known) => known === word);
  return { placeholder: choices.join('|'), expected: `one of ${choices.join(', ')}`, read, choices };
}

const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNITS;

/** A time like `30s` or `7d`, in milliseconds, from `least` to `most`, which are given in the same form. */
export function duration(least: `${number}${Unit}`, most: `${number}${Unit}`): ValueType<number> {
  const [leastMs = 0, mostMs = 0] = [least, most].map(milliseconds);
  const read = (word: string): number | undefined => {
    const ms = milliseconds(word);
    return ms === undefined || ms < leastMs || ms > mostMs ? undefined : ms;
  };
  return { placeholder: 'TIME', expected: `a time like 90s, 30m, 12h or 7d, from ${least} to ${most}`, read };
}

function milliseconds(word: string): number | undefined {
  const [, amount, unit] = /^(\d{1,8})([smhd])$/.exec(word) ?? [];
  return unit === undefined ? undefined : Number(amount) * UNITS[unit as Unit];
}

function named(placeholder: string | undefined): { readonly placeholder?: string } {
  return placeholder === undefined ? {} : { placeholder };
}
