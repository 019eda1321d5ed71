import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MailboxEntry } from './message.js';
import { MessageStream } from './message-stream.js';
import { endText, HEARTBEAT, messageText, openingText, parseEventId } from './stream-events.js';

const [HEARTBEAT_MS, SLOW_MS, EXPIRES_AT] = [15_000, 30_000, 900_000];

/** A connection that takes what it is given when it is told to. */
class Pipe {
  texts: string[] = [];
  waitingBytes = 0;
  blocked = false;
  state = 'open';

  write(text: string): boolean {
    this.texts.push(text);
    if (this.blocked) this.waitingBytes += text.length;
    return !this.blocked;
  }

  end(text: string): void {
    this.texts.push(text);
    this.state = 'ending';
  }

  destroy(): void {
    this.state = 'destroyed';
  }
}

let now: number;
let ends: string[];
let asked: number;
let pipe: Pipe;
let stream: MessageStream;

const entry = { sequence: 1 } as MailboxEntry;

beforeEach(() => {
  [now, ends, asked, pipe] = [1000, [], 0, new Pipe()];
  const owner = {
    heartbeatMs: HEARTBEAT_MS,
    slowMs: SLOW_MS,
    reads: { add: () => (asked += 1) },
    now: () => now,
    textOf: (entries: readonly MailboxEntry[]) => entries.map(messageText).join(''),
    ended: (_: MessageStream, reason: string) => void ends.push(reason),
    closed: () => undefined,
  };
  stream = new MessageStream(owner, { sessionId: 's', expiresAt: EXPIRES_AT }, { userId: 'u', after: 0 });
  stream.begin(pipe, openingText({ lastSequence: 0, acknowledgedUpTo: 0 }));
  pipe.texts = [];
});

function check(at: number): void {
  now = at;
  stream.check();
}

describe('a stream', () => {
  it('a stream of messages beats when it was silent for long enough', () => {
    check(1000 + HEARTBEAT_MS - 1);
    expect(pipe.texts).toEqual([]);
    check(1000 + HEARTBEAT_MS);
    expect(pipe.texts).toEqual([HEARTBEAT]);
    stream.deliver([entry]);
    check(now + HEARTBEAT_MS - 1);
    expect(pipe.texts).toEqual([HEARTBEAT, messageText(entry)]);
  });

  it('a stream of messages ends when the token of its reader expires', () => {
    check(EXPIRES_AT - 1);
    expect(ends).toEqual([]);
    check(EXPIRES_AT);
    expect([ends, pipe.texts.at(-1), pipe.state]).toEqual([['token-expired'], endText('token-expired'), 'ending']);
    stream.end('shutdown');
    expect(ends).toEqual(['token-expired']);
    expect(stream.deliver([entry])).toBe(false);
  });

  it('a stream of messages ends when its reader takes too long, and is cut when even the end is not taken', () => {
    pipe.blocked = true;
    expect(stream.deliver([entry])).toBe(false);
    check(1000 + SLOW_MS - 1);
    expect([ends, pipe.texts]).toEqual([[], [messageText(entry)]]);
    check(1000 + SLOW_MS);
    expect([ends, pipe.state]).toEqual([['slow-reader'], 'ending']);
    check(now + 5000);
    expect(pipe.state).toBe('destroyed');
  });

  it('a stream of messages counts anew when the reader has taken everything', () => {
    pipe.blocked = true;
    stream.deliver([entry]);
    now += SLOW_MS - 1;
    pipe.waitingBytes = 0;
    stream.drained();
    stream.deliver([entry]);
    check(now + SLOW_MS - 1);
    expect(ends).toEqual([]);
    check(now + 1);
    expect(ends).toEqual(['slow-reader']);
  });
});

describe('the text of a stream', () => {
  it('the text of a stream is what a client of Server-Sent Events expects', () => {
    expect(openingText({ lastSequence: 7, acknowledgedUpTo: 3 })).toBe(
      'retry: 1000\n\nevent: mailbox\ndata: {"lastSequence":7,"acknowledgedUpTo":3}\n\n',
    );
    expect(messageText({ sequence: 7 })).toBe('event: message\nid: 7\ndata: {"sequence":7}\n\n');
    expect(endText('shutdown')).toBe('event: end\ndata: {"reason":"shutdown"}\n\n');
    expect(HEARTBEAT).toBe(': heartbeat\n\n');
  });

  it('the text of a stream takes back the ids that it gives, and nothing else', () => {
    for (const id of [0, 1, 17, Number.MAX_SAFE_INTEGER]) expect(parseEventId(String(id))).toBe(id);
    for (const text of ['', ' 1', '01', '+1', '-1', '1.0', '1e3', '9007199254740993', 'x']) {
      expect([text, parseEventId(text)]).toEqual([text, null]);
    }
  });
});
