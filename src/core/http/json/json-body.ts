import { isAscii, isUtf8 } from 'node:buffer';
import { InputError } from '../input-error.js';
import { JsonFault } from './json-fault.js';
import { parseStrictJson } from './strict-json.js';

const CODE = 'request.malformed-json';

/** Decodes UTF-8 and refuses what is not (protocol section 1), at the speed of Node's native decoders. */
function decodeText(body: Buffer): string {
  if (isAscii(body)) return body.toString('latin1');
  if (isUtf8(body)) return body.toString('utf8');
  throw new InputError([{ pointer: '', detail: 'is not UTF-8' }], 'The body is not valid UTF-8.', CODE);
}

/**
 * The value of a request's body; undefined where the body is empty.
 * @throws InputError with a pointer to the place
 */
export function parseJsonBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  const text = decodeText(body);
  try {
    return parseStrictJson(text);
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const { pointer, detail, offset } = error;
    throw new InputError(
      [{ pointer, detail }],
      `The body is not acceptable JSON: at character ${offset}, ${detail}.`,
      CODE,
    );
  }
}
