import {
  MESSAGE_SUITES,
  normaliseLoginId,
  preparePassword,
  ProtocolError,
  utf8,
  type MessageSuite,
} from '@sealpost/protocol';
import { ClientError } from './errors.js';

/** The normalised form of a loginId that a person has typed. @throws ClientError `client.invalid-argument` */
export function loginIdArgument(text: string): string {
  return refusing(
    () => normaliseLoginId(text),
    'A loginId has 3 to 254 printable ASCII characters, no spaces, and not the form of a UUID',
  );
}

/** Refuses a password that no client could derive from: empty, with control characters, or not Unicode text. */
export function checkPasswordArgument(password: string): void {
  refusing(() => preparePassword(password), 'A password has 1 to 1024 characters, and no control characters');
}

export function textArgument(text: string): Uint8Array {
  return refusing(() => utf8(text), 'The text is not well-formed Unicode');
}

/** @throws ClientError `client.invalid-argument` for what is no message suite */
export function suitesArgument(suites: readonly string[]): readonly MessageSuite[] {
  const known = MESSAGE_SUITES.filter((suite) => suites.includes(suite));
  if (known.length === suites.length && known.length > 0) return known;
  throw new ClientError('client.invalid-argument', `Message suites are ${MESSAGE_SUITES.join(', ')}, each once`);
}

/** The members that are there: one that is absent is not one that is undefined. */
export function given<T extends object>(members: T): { [Name in keyof T]?: Exclude<T[Name], undefined> } {
  const there = Object.entries(members).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [Name in keyof T]?: Exclude<T[Name], undefined> };
}

function refusing<T>(work: () => T, detail: string): T {
  try {
    return work();
  } catch (cause) {
    // What is no text has no methods of one: programs without types get the same answer.
    if (cause instanceof ProtocolError || cause instanceof TypeError)
      throw new ClientError('client.invalid-argument', detail, { cause });
    throw cause;
  }
}
