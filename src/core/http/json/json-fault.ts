/** Why a text is not JSON that the API accepts, and where. */
export class JsonFault extends Error {
  override readonly name = 'JsonFault';

  /**
   * @param pointer JSON pointer (RFC 6901) to the member at fault, or to the innermost one begun where the syntax breaks
   * @param offset position in the text, in UTF-16 code units
   */
  constructor(
    readonly detail: string,
    readonly pointer: string,
    readonly offset: number,
  ) {
    super(detail);
  }
}

/** Unknown names may be as long as the body; a pointer that repeats them need not be. */
const LONGEST_TOKEN = 128;
const HALF_PAIR = /[\ud800-\udbff]$/;

/** One reference token of a JSON pointer, with its slash. */
export function pointerToken(name: string | number): string {
  const text = String(name);
  const shown = text.length > LONGEST_TOKEN ? `${text.slice(0, LONGEST_TOKEN).replace(HALF_PAIR, '')}…` : text;
  return `/${shown.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
