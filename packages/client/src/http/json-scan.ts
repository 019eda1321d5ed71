/** Deeper than any answer of the API. */
const DEEPEST = 24;

/**
 * What is wrong with the extent of a JSON text, without parsing it: a few bytes that are sent compressed can make
 * millions of objects, for which a program would have neither time nor memory. Says nothing about texts that are no JSON.
 * @param values that there may be at most
 */
export function jsonExcess(text: string, values: number): 'too-deep' | 'too-many-values' | null {
  let depth = 0;
  // Every value but the first has a comma or an opening bracket before it, and a member's name counts with its value.
  let count = 1;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '"':
        at = endOfString(text, at + 1);
        break;
      case '{':
      case '[':
        depth++;
        count++;
        if (depth > DEEPEST) return 'too-deep';
        break;
      case '}':
      case ']':
        depth--;
        break;
      case ',':
        count++;
        break;
      default:
    }
    if (count > values) return 'too-many-values';
  }
  return null;
}

/** Index of the quotation mark that ends a string; the length of the text where none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start);
  while (end !== -1 && isEscaped(text, end, start)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end;
}

function isEscaped(text: string, at: number, start: number): boolean {
  let backslashes = 0;
  while (at - 1 - backslashes >= start && text[at - 1 - backslashes] === '\\') backslashes++;
  return backslashes % 2 === 1;
}
