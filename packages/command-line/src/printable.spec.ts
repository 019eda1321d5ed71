import { describe, expect, it } from '@jest/globals';
import { jsonLine, printable } from './printable.js';

describe('Text of others on the terminal', () => {
  it.each([
    ['a Persian word with a joiner that keeps letters apart', 'می\u200cخواهم'],
    ['a Persian suffix behind a Latin word', 'PDF\u200cها'],
    ['an abbreviation with a letter in its joined form', 'سال ۱۴۰۴ ه\u200d.ش'],
    ['Devanagari with a visible half form', 'क्\u200dष'],
    ['a family', '👨\u200d👩\u200d👧\u200d👦'],
    ['a woman scientist with a skin tone', '👩🏽\u200d🔬'],
    ['a rainbow flag', '🏳\ufe0f\u200d🌈'],
    ['a heart in colour, and a key of a telephone', '❤\ufe0f 1\ufe0f\u20e3'],
    ['the flag of Scotland', '🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}'],
    ['an Arabic sign of the end of a verse', '\u06dd١'],
    ['a variant of a Han character', '葛\u{e0100}'],
    ['lines and tabs', 'one\n\ttwo'],
  ])('text of others on the terminal is shown as it is: %s', (_what, text) => {
    expect(printable(text)).toBe(text);
  });

  it.each([
    ['an escape sequence', '\u001b[2J', '\\u{1b}[2J'],
    ['a control character of eight bits', '\u009b2J', '\\u{9b}2J'],
    ['a carriage return', 'a\rb', 'a\\u{d}b'],
    ['the override of the reading direction', '\u202eabc', '\\u{202e}abc'],
    [
      'isolates and marks of direction',
      '\u2066\u2069\u200e\u200f\u061c',
      '\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}',
    ],
    ['a joiner between Latin letters', 'pay\u200dpal pay\u200cpal', 'pay\\u{200d}pal pay\\u{200c}pal'],
    ['joiners in a row', 'می\u200c\u200cخ', 'می\\u{200c}\\u{200c}خ'],
    ['a joiner behind an emoji that joins nothing', '👩\u200d ', '👩\\u{200d} '],
    ['variation selectors that carry hidden text', '😀\ufe0f\ufe01\u{e0148}', '😀\ufe0f\\u{fe01}\\u{e0148}'],
    ['tag characters that carry hidden text', 'a\u{e0061}\u{e007f}', 'a\\u{e0061}\\u{e007f}'],
    [
      'fillers that look like nothing',
      '\u3164\u115f\u034f\u00ad\u200b\ufeff',
      '\\u{3164}\\u{115f}\\u{34f}\\u{ad}\\u{200b}\\u{feff}',
    ],
    ['separators of lines', '\u2028\u2029', '\\u{2028}\\u{2029}'],
    ['a lone surrogate', 'a\ud800', 'a\\u{d800}'],
  ])('text of others on the terminal is made visible: %s', (_what, text, shown) => {
    expect(printable(text)).toBe(shown);
  });
});

describe('A JSON line', () => {
  it('a JSON line says the same, and moves no cursor', () => {
    const value = { text: '\u009b2J \u001b[2J \u202eabc \u007f می\u200cخواهم' };
    const line = jsonLine(value);
    expect(JSON.parse(line)).toEqual(value);
    expect(line).toBe('{"text":"\\u009b2J \\u001b[2J \\u202eabc \\u007f می\u200cخواهم"}');
  });
});
