/** RFC 9110, section 8.3: `token/token`, then parameters, each of which may be missing after its semicolon. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(`^[ \\t]*(${TOKEN}/${TOKEN})((?:[ \\t]*;.*)?)$`);
const PARAMETER = new RegExp(`[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\]|\\\\.)*)"))?[ \\t]*`, 'y');

/** Labels of UTF-8 in the Encoding Standard that clients use. */
const UTF_8: ReadonlySet<string> = new Set(['utf-8', 'utf8']);

/** The value of each `charset`, in lower case; null where the parameters cannot be read. */
function charsetsOf(parameters: string): string[] | null {
  const charsets: string[] = [];
  for (PARAMETER.lastIndex = 0; PARAMETER.lastIndex < parameters.length;) {
    const [whole, name, token, quoted] = PARAMETER.exec(parameters) ?? [];
    if (whole === undefined) return null;
    if (name?.toLowerCase() === 'charset') charsets.push((token ?? quoted ?? '').replace(/\\(.)/g, '$1').toLowerCase());
  }
  return charsets;
}

/** Whether a Content-Type is JSON in UTF-8. Parameters that JSON does not have mean nothing (RFC 8259, section 11). */
export function isJsonInUtf8(contentType: string): boolean {
  const [, type, parameters = ''] = MEDIA_TYPE.exec(contentType) ?? [];
  if (type?.toLowerCase() !== 'application/json') return false;
  return charsetsOf(parameters.trimEnd())?.every((charset) => UTF_8.has(charset)) ?? false;
}
