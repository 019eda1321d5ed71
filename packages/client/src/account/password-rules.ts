import { isAssigned, LIMITS, newPasswordFault, preparePassword } from '@sealpost/protocol';
import { checkPasswordArgument } from '../arguments.js';
import { PasswordRefused, type PasswordHint, type PasswordHintCode } from '../errors.js';
import { PASSWORD_SCORE, type Environment, type PasswordScore } from './environment.js';

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

/** What the password is to be judged with: it must not be made of these. */
export interface PasswordContext {
  readonly loginId: string;
  readonly serviceId: string;
}

export interface PasswordStrength {
  /** 0 guessed at once, 1 in minutes, 2 by somebody who tries, 3 hardly, 4 not at all. */
  readonly score: PasswordScore;
  /** For people, in English. */
  readonly suggestions: readonly string[];
}

/** More would take seconds, and says no more than that the password is long. */
const JUDGED_CHARACTERS = 64;
/** How many ways of reading digits as letters ("p4ssw0rd") are tried. The library's 100 take a second on a fast machine. */
const L33T_READINGS = 10;

/**
 * How hard a password is to guess, by zxcvbn, which is loaded for it: dictionaries of some megabytes. Nothing leaves this
 * device.
 */
export async function passwordStrength(password: string, context: PasswordContext): Promise<PasswordStrength> {
  const zxcvbn = await estimator();
  const words = [context.loginId, ...context.loginId.split(/[^a-z0-9]+/), context.serviceId, 'sealpost'];
  const judged = Array.from(password).slice(0, JUDGED_CHARACTERS).join('');
  const { score, feedback } = zxcvbn(
    judged,
    words.filter((word) => word.length > 2),
  );
  const { warning, suggestions } = feedback;
  return { score, suggestions: warning === null ? suggestions : [warning, ...suggestions] };
}

/**
 * Refuses a password that is to be a new one where it breaks the rules of section 1, or is guessed too easily.
 * @throws ClientError `client.invalid-argument`, PasswordRefused
 */
export async function checkNewPassword(
  { address, minimumPasswordScore }: Pick<Environment, 'address' | 'minimumPasswordScore'>,
  loginId: string,
  password: string,
): Promise<void> {
  checkPasswordArgument(password);
  const prepared = preparePassword(password);
  const fault = newPasswordFault(prepared);
  if (fault === 'too-short') {
    throw new PasswordRefused(
      'password.too-short',
      `The password has fewer than ${LIMITS.newPasswordCodePoints} characters`,
    );
  }
  if (fault === 'unassigned') {
    throw new PasswordRefused('password.unassigned', 'The password has a character that devices do not treat alike');
  }
  if (minimumPasswordScore === 0) return;
  const { score, suggestions } = await passwordStrength(prepared, { loginId, serviceId: address.serviceId });
  if (score >= minimumPasswordScore) return;
  const detail = `The password is too easily guessed (${score} of ${PASSWORD_SCORE.highest}, ${minimumPasswordScore} are needed)`;
  throw new PasswordRefused('password.weak', detail, suggestions);
}

/**
 * Refuses a loginId that the password is made of: others see it. A password that was weak before is no reason.
 * @throws PasswordRefused
 */
export async function checkNewLoginId(
  { address: { serviceId }, minimumPasswordScore }: Pick<Environment, 'address' | 'minimumPasswordScore'>,
  loginId: string,
  password: string,
): Promise<void> {
  if (minimumPasswordScore === 0) return;
  const prepared = preparePassword(password);
  const { score, suggestions } = await passwordStrength(prepared, { loginId: loginId.toLowerCase(), serviceId });
  if (score >= minimumPasswordScore) return;
  const otherwise = await passwordStrength(prepared, { loginId: '', serviceId });
  if (score >= otherwise.score) return;
  throw new PasswordRefused('password.weak', 'The password is made of the new loginId, which others see', suggestions);
}

type Zxcvbn = (typeof import('@zxcvbn-ts/core'))['zxcvbn'];

let loading: Promise<Zxcvbn> | undefined;

function estimator(): Promise<Zxcvbn> {
  loading ??= load();
  return loading;
}

async function load(): Promise<Zxcvbn> {
  const [core, common, english] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
    import('@zxcvbn-ts/language-en'),
  ]);
  core.zxcvbnOptions.setOptions({
    dictionary: { ...common.dictionary, ...english.dictionary },
    graphs: common.adjacencyGraphs,
    translations: english.translations,
    l33tMaxSubstitutions: L33T_READINGS,
  });
  return core.zxcvbn;
}
