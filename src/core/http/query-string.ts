/** Where a query that is not acceptable keeps the reason: the router's parser must not throw. */
export const QUERY_FAULT = Symbol('query fault');

export interface QueryFault {
  readonly parameter: string;
  readonly detail: string;
}

export type ParsedQuery = Record<string, string> & { [QUERY_FAULT]?: QueryFault };

const INHERITED_NAMES: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function findFault(query: ParsedQuery, name: string | null, value: string | null): QueryFault | null {
  if (name === null) return { parameter: '', detail: 'has a name that is not percent-encoded UTF-8' };
  if (value === null) return { parameter: name, detail: 'is not percent-encoded UTF-8' };
  if (INHERITED_NAMES.has(name)) return { parameter: name, detail: 'is not a known parameter' };
  if (Object.hasOwn(query, name)) return { parameter: name, detail: 'occurs twice' };
  return value.includes('\0') ? { parameter: name, detail: 'must not contain U+0000' } : null;
}

/** Parses a query string; refuses repeated names, and text that is not percent-encoded UTF-8. */
export function parseQueryString(text: string): ParsedQuery {
  const query: ParsedQuery = {};
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals === -1 ? part : part.slice(0, equals));
    const value = equals === -1 ? '' : decode(part.slice(equals + 1));
    const fault = findFault(query, name, value);
    if (fault !== null) return { [QUERY_FAULT]: fault };
    query[name ?? ''] = value ?? '';
  }
  return query;
}
