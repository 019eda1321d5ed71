import { normaliseLoginId, preparePassword, ProtocolError, utf8 } from '@sealpost/protocol';
import { ClientError } from './errors.js';

/** The normalised form of a loginId that a person has typed. @throws ClientError `client.invalid-argument` */
export function loginIdArgument(text: string): string {
  return refusing(() => normaliseLoginId(text), 'A loginId has 3 to 254 printable ASCII characters and no spaces');
}

/** Refuses a password that no client could derive from: empty, with control characters, or not Unicode text. */
export function checkPasswordArgument(password: string): void {
  refusing(() => preparePassword(password), 'A password has 1 to 1024 characters, and no control characters');
}

export function textArgument(text: string): Uint8Array {
  return refusing(() => utf8(text), 'The text is not well-formed Unicode');
}

function refusing<T>(work: () => T, detail: string): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new ClientError('client.invalid-argument', detail, { cause });
    throw cause;
  }
}
