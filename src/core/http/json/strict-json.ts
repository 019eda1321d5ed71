import { JsonFault, pointerToken } from './json-fault.js';

/** Containers within containers; nothing in the API comes near it. */
export const DEEPEST_LEVEL = 32;

/** Values in one body, containers included; the longest request of the API has 31,000. It bounds the time that a body takes. */
export const MOST_VALUES = 50_000;

/** Names that every object inherits: libraries that look a member up by name would find something else under them. */
const RESERVED_NAMES: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype).concat('prototype'));
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const LITERAL = /true|false|null/y;
const HEX4 = /^[0-9a-fA-F]{4}$/;
/** Up to here every decimal notation survives the way through a double. */
const SAFE_DIGITS = 15;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** From this number of members on, a set finds repeated names faster than a list. */
const MANY_NAMES = 12;

/** An object or a list that has been opened and not yet closed. */
interface Level {
  /** Names so far; null for a list. */
  readonly names: string[] | null;
  lookup: Set<string> | null;
  index: number;
}

/**
 * Parses JSON text (RFC 8259) and refuses what JSON.parse lets pass: repeated names (however they are escaped), more
 * than 32 levels, more than 50,000 values, U+0000 and lone surrogates in strings, numbers that a double does not hold, names of Object.prototype.
 *
 * One pass over the text finds these, skipping along strings with indexOf; the value itself is made by JSON.parse.
 * @throws JsonFault
 */
export function parseStrictJson(text: string): unknown {
  new Scanner(text).scan(false);
  try {
    return JSON.parse(text);
  } catch (error) {
    // The fast pass does not look for unescaped control characters in strings; JSON.parse has just found one.
    new Scanner(text).scan(true);
    throw error;
  }
}

class Scanner {
  private position = 0;
  private values = 0;
  /** Index of the first backslash at or after `position`: looked for once per backslash, not once per string. */
  private nextBackslash: number;
  private readonly levels: Level[] = [];

  constructor(private readonly text: string) {
    this.nextBackslash = this.find('\\', 0);
  }

  /** @param controls also look for unescaped control characters in strings */
  scan(controls: boolean): void {
    this.value(controls);
    while (this.levels.length > 0) this.next(this.levels[this.levels.length - 1] as Level, controls);
    this.peek();
    if (this.position < this.text.length) throw this.fault('there is something after the end of the JSON value');
  }

  /** One step within the innermost container: its end, or its next member. */
  private next(level: Level, controls: boolean): void {
    const code = this.peek();
    const close = level.names === null ? CLOSE_LIST : CLOSE_OBJECT;
    if (code === close) {
      this.position++;
      this.levels.pop();
      return;
    }
    if (level.index > 0) {
      if (code !== COMMA) throw this.fault(`expected a comma or ${level.names === null ? '"]"' : '"}"'}`);
      this.position++;
    }
    if (level.names !== null) this.name(level, level.names, controls);
    level.index++;
    this.value(controls);
  }

  private name(level: Level, names: string[], controls: boolean): void {
    if (this.peek() !== QUOTE) throw this.fault('expected the name of a member in double quotes');
    const start = this.position;
    const escaped = this.string(controls);
    const raw = this.text.slice(start + 1, this.position - 1);
    const name = escaped ? (JSON.parse(this.text.slice(start, this.position)) as string) : raw;
    if (this.isRepeated(level, names, name)) {
      throw new JsonFault('the name occurs twice in this object', this.pointer(level) + pointerToken(name), start);
    }
    names.push(name);
    level.lookup?.add(name);
    if (RESERVED_NAMES.has(name)) throw new JsonFault('is not a known member', this.pointer(), start);
    if (this.peek() !== COLON) throw this.fault('expected a colon');
    this.position++;
  }

  private isRepeated(level: Level, names: string[], name: string): boolean {
    if (level.lookup === null && names.length >= MANY_NAMES) level.lookup = new Set(names);
    return level.lookup === null ? names.includes(name) : level.lookup.has(name);
  }

  private value(controls: boolean): void {
    if (++this.values > MOST_VALUES) throw this.fault(`has more than ${MOST_VALUES} values`);
    const code = this.peek();
    if (code === QUOTE) this.string(controls);
    else if (code === OPEN_OBJECT) this.open([]);
    else if (code === OPEN_LIST) this.open(null);
    else if ((code >= 0x30 && code <= 0x39) || code === 0x2d) this.number();
    else {
      LITERAL.lastIndex = this.position;
      if (!LITERAL.test(this.text)) throw this.fault('expected a JSON value');
      this.position = LITERAL.lastIndex;
    }
  }

  private open(names: string[] | null): void {
    if (this.levels.length === DEEPEST_LEVEL) throw this.fault(`is nested deeper than ${DEEPEST_LEVEL} levels`);
    this.levels.push({ names, lookup: null, index: 0 });
    this.position++;
  }

  /** Leaves `position` behind the closing quote. Returns whether the string has escapes. */
  private string(controls: boolean): boolean {
    const start = this.position + 1;
    let end = this.text.indexOf('"', start);
    if (this.nextBackslash < start) this.nextBackslash = this.find('\\', start);
    const escaped = end !== -1 && this.nextBackslash < end;
    while (end !== -1 && this.nextBackslash < end) {
      const after = this.escape(this.nextBackslash);
      if (end < after) end = this.text.indexOf('"', after);
      this.nextBackslash = this.find('\\', after);
    }
    if (end === -1) throw this.fault('the string does not end', this.text.length);
    if (controls) this.refuseControls(start, end);
    this.position = end + 1;
    return escaped;
  }

  /** Checks the escape at `at` and returns the position after it. */
  private escape(at: number): number {
    const letter = this.text[at + 1] ?? '';
    if (letter !== 'u') {
      if (letter === '' || !'"\\/bfnrt'.includes(letter)) throw this.fault('there is no such escape', at);
      return at + 2;
    }
    const code = this.hex(at);
    if (code === 0) throw this.fault('must not contain U+0000', at);
    if (code < 0xd800 || code > 0xdfff) return at + 6;
    const follows = code <= 0xdbff && this.text.startsWith('\\u', at + 6) ? this.hex(at + 6) : 0;
    if (follows < 0xdc00 || follows > 0xdfff) throw this.fault('must not contain a lone surrogate', at);
    return at + 12;
  }

  private hex(at: number): number {
    const digits = this.text.slice(at + 2, at + 6);
    if (!HEX4.test(digits)) throw this.fault('there is no such escape', at);
    return Number.parseInt(digits, 16);
  }

  private refuseControls(start: number, end: number): void {
    for (let index = start; index < end; index++) {
      if (this.text.charCodeAt(index) < 0x20) throw this.fault('control characters must be escaped', index);
    }
  }

  private number(): void {
    const start = this.position;
    NUMBER.lastIndex = start;
    if (!NUMBER.test(this.text)) throw this.fault('expected a number');
    this.position = NUMBER.lastIndex;
    if (this.position - start <= SAFE_DIGITS && !/[eE]/.test(this.text.slice(start, this.position))) return;
    if (!survivesDouble(this.text.slice(start, this.position))) {
      throw this.fault('is a number that loses precision', start);
    }
  }

  /** Skips white space. Returns NaN at the end of the text. */
  private peek(): number {
    let code = this.text.charCodeAt(this.position);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
      code = this.text.charCodeAt(++this.position);
    }
    return code;
  }

  private find(part: string, from: number): number {
    const found = this.text.indexOf(part, from);
    return found === -1 ? this.text.length : found;
  }

  private fault(detail: string, offset = this.position): JsonFault {
    return new JsonFault(detail, this.pointer(), offset);
  }

  /** The path to the member begun last; with `until`, the path to that container. */
  private pointer(until?: Level): string {
    let pointer = '';
    for (const level of this.levels) {
      if (level === until) break;
      if (level.index === 0 && level.names?.length === 0) break;
      pointer += pointerToken(level.names === null ? Math.max(0, level.index - 1) : (level.names.at(-1) ?? ''));
    }
    return pointer;
  }
}

/** Significant digits of a JSON number, without leading and trailing zeros. */
function significantDigits(token: string): string {
  const mantissa = token.replace(/[eE].*$/, '').replace('-', '');
  return mantissa.replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
}

/** Whether the number is the same after it has become a double: neither overflow nor underflow nor rounded digits. */
function survivesDouble(token: string): boolean {
  const value = Number(token);
  if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) return false;
  return significantDigits(token) === significantDigits(String(value));
}
