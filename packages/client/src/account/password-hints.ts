import { isAssigned } from '@sealpost/protocol';

/** What of a password is easily typed otherwise, or otherwise than it was meant. */
export type PasswordHintCode =
  'leading-space' | 'trailing-space' | 'smart-quotes' | 'full-width' | 'capitals' | 'unseen' | 'unassigned';

export interface PasswordHint {
  readonly code: PasswordHintCode;
  /** For people. Says nothing of what the password is. */
  readonly message: string;
}

const HINTS: readonly (readonly [PasswordHintCode, RegExp, string])[] = [
  ['leading-space', /^\p{Zs}/u, 'The password begins with a space.'],
  ['trailing-space', /\p{Zs}$/u, 'The password ends with a space, as copied text often does.'],
  [
    'smart-quotes',
    /[\u2018-\u201f\u2032-\u2036\u2039\u203a\u00ab\u00bb\u2013\u2014\u2026]/,
    'The password has curly quotes, long dashes or an ellipsis, as keyboards put in by themselves.',
  ],
  [
    'full-width',
    /[\uff01-\uff5e\uffe0-\uffe6\u3000]/,
    'The password has full-width characters of an East Asian keyboard.',
  ],
  ['capitals', /^(?=.*\p{Lu})(?!.*\p{Ll})/su, 'The password has capital letters only: caps lock may be on.'],
  ['unseen', /\p{Default_Ignorable_Code_Point}/u, 'The password has characters that are not to be seen.'],
];

const UNASSIGNED: PasswordHint = {
  code: 'unassigned',
  message: 'The password has a character that devices do not treat alike.',
};

/** What somebody should know of a password that was refused, or that they are about to choose. */
export function passwordHints(password: string): readonly PasswordHint[] {
  const hints = HINTS.filter(([, pattern]) => pattern.test(password)).map(([code, , message]) => ({ code, message }));
  return isAssigned(password) ? hints : [...hints, UNASSIGNED];
}
