import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EventStreamParser, LONGEST_EVENT, type ServerSentEvent } from './streams.js';

const utf8 = new TextEncoder();

/** Everything that a stream says, cut into pieces at these places. */
function parse(bytes: Uint8Array, cuts: readonly number[] = []): { events: ServerSentEvent[]; retryMs?: number } {
  const parser = new EventStreamParser();
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const events = places.slice(1).flatMap((end, index) => [...parser.push(bytes.slice(places[index], end))]);
  return { events, ...(parser.retryMs === undefined ? {} : { retryMs: parser.retryMs }) };
}

const eventsOf = (text: string): ServerSentEvent[] => parse(utf8.encode(text)).events;
const dataOf = (text: string): string[] => eventsOf(text).map(({ data }) => data);

/** The standard's algorithm over the whole text at once, but that an id belongs to its event only. */
function reference(text: string): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let [type, data] = ['', ''];
  let id: string | undefined;
  // What stands behind the last end of a line is no line.
  for (const line of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .slice(0, -1)) {
    if (line === '') {
      if (data !== '') events.push({ type: type || 'message', data: data.replace(/\n$/, ''), id });
      [type, data, id] = ['', '', undefined];
      continue;
    }
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'data') data += `${value}\n`;
    if (name === 'event') type = value;
    if (name === 'id' && !value.includes('\0')) id = value;
  }
  return events;
}

describe('An event stream', () => {
  it('an event stream says type, data and id of each event', () => {
    expect(eventsOf('event: message\nid: 7\ndata: {"a":1}\n\ndata: next\n\n')).toEqual([
      { type: 'message', data: '{"a":1}', id: '7' },
      { type: 'message', data: 'next', id: undefined },
    ]);
    expect(eventsOf('event: end\ndata: x\n\n')).toEqual([{ type: 'end', data: 'x', id: undefined }]);
  });

  it('an event stream may end its lines with CR, LF or both', () => {
    for (const end of ['\n', '\r', '\r\n']) {
      expect(dataOf(`data: one${end}data: two${end}${end}data: three${end}${end}`)).toEqual(['one\ntwo', 'three']);
    }
  });

  it('an event stream strips one space behind the colon, and needs none', () => {
    expect(dataOf('data:a\n\ndata:  b\n\ndata: c: d\n\n')).toEqual(['a', ' b', 'c: d']);
  });

  it('an event stream says nothing with comments, unknown fields and events without data', () => {
    expect(eventsOf(': heartbeat\n\nwhatever: x\n\nevent: empty\nid: 3\n\n')).toEqual([]);
    expect(eventsOf('event: empty\nid: 3\n\ndata: x\n\n')).toEqual([{ type: 'message', data: 'x', id: undefined }]);
  });

  it('an event stream has data of empty lines where a field has no value', () => {
    expect(dataOf('data\n\ndata\ndata\n\ndata:\n\n')).toEqual(['', '\n', '']);
  });

  it('an event stream may begin with a byte order mark', () => {
    expect(dataOf('\uFEFFdata: x\n\n')).toEqual(['x']);
  });

  it('an event stream ignores an id with NUL in it, and a retry that is not a number or a very long pause', () => {
    expect(eventsOf('id: 1\ndata: a\nid: 2\0\n\n').map(({ id }) => id)).toEqual(['1']);
    expect(parse(utf8.encode('retry: 1500\nretry: soon\nretry: -1\nretry: 99999999999\n')).retryMs).toBe(1500);
  });

  it('an event stream does not give out an event that its end cuts off', () => {
    expect(dataOf('data: whole\n\ndata: half\n')).toEqual(['whole']);
  });

  it('an event stream cannot fill the memory with one line, or with one event of many lines', () => {
    const bad = expect.objectContaining({ code: 'client.bad-answer' });
    const pushing = (line: string) => (): void => {
      const parser = new EventStreamParser();
      for (let sent = 0; sent <= 2 * LONGEST_EVENT; sent += line.length) parser.push(utf8.encode(line));
    };
    expect(pushing('x'.repeat(1000))).toThrow(bad);
    expect(pushing(`data: ${'x'.repeat(1000)}\n`)).toThrow(bad);
    expect(pushing(`data: ${'x'.repeat(1000)}\n\n`)).not.toThrow();
  });

  const line = fc.oneof(
    fc.constantFrom('data: {"sequence":1}', 'data', 'data:', 'event: message', 'id: 12', 'id', ': heartbeat', '', 'x'),
    fc.string({ unit: 'grapheme' }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
    fc.string({ unit: 'binary' }).map((text) => text.replace(/[\r\n]/g, '')),
  );
  const stream = fc
    .tuple(fc.constantFrom('', '\uFEFF'), fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n', '\n\n'))))
    .map(([mark, lines]) => mark + lines.map((parts) => parts.join('')).join(''))
    .filter((text) => text.isWellFormed());

  it('an event stream says what the standard says, in whatever pieces it arrives', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat()), (text, cuts) => {
        expect(parse(utf8.encode(text), cuts).events).toEqual(reference(text));
      }),
      { numRuns: 500 },
    );
  });
});
