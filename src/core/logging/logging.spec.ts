import { beforeEach, describe, expect, it } from '@jest/globals';
import { createLogger } from './logger.js';
import type { Logger } from './logger.js';
import { NestLogger } from './nest-logger.js';
import { readableLines } from './readable-lines.js';

let lines: Record<string, unknown>[];
let log: Logger;

beforeEach(() => {
  lines = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  log = createLogger({ logLevel: 'info', logFormat: 'json' }, destination);
});

describe('a log line', () => {
  it('a log line is a JSON object with time, level and message', () => {
    log.warn({ requestId: 'r1' }, 'slow');
    expect(lines).toEqual([
      { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), requestId: 'r1', message: 'slow' },
    ]);
  });

  it('a log line is left out below the level', () => {
    log.debug('detail');
    expect(lines).toEqual([]);
  });

  it('a log line hides what must not be logged, should anybody try', () => {
    log.info({ loginId: 'alice', headers: { authorization: 'Bearer x' }, body: { a: 1 } }, 'oops');
    expect(JSON.stringify(lines)).not.toMatch(/alice|Bearer|"a":1/);
  });

  it('a log line tells an error with its stack and its cause, without the values of a row', () => {
    const row = Object.assign(new Error('duplicate key'), { code: '23505', detail: 'Key (login_id)=(alice) exists' });
    log.error({ error: new Error('insert failed', { cause: row }) }, 'failed');
    expect(lines[0]?.['error']).toMatchObject({
      message: 'insert failed',
      stack: expect.stringContaining('logging.spec'),
      cause: { message: 'duplicate key', code: '23505' },
    });
    expect(JSON.stringify(lines)).not.toContain('alice');
  });
});

describe('what Nest logs', () => {
  it('what Nest logs keeps its context and its level', () => {
    new NestLogger(log).warn('careful', 'Sweeper');
    expect(lines).toEqual([expect.objectContaining({ level: 'warn', message: 'careful', context: 'Sweeper' })]);
  });

  it('what Nest logs keeps the stack of an error', () => {
    new NestLogger(log).error(new Error('broken'), 'ExceptionHandler');
    expect(lines[0]).toMatchObject({ level: 'error', message: 'broken', error: { type: 'Error' } });
  });

  it('what Nest logs is silent about the start of Nest itself', () => {
    new NestLogger(log).log('Mapped {/health, GET} route', 'RouterExplorer');
    expect(lines).toEqual([]);
  });
});

describe('a line for people', () => {
  it('a log line for people starts with the time and names the fields', () => {
    const written: string[] = [];
    const destination = readableLines({ write: (line) => void written.push(line) });
    createLogger({ logLevel: 'info', logFormat: 'text' }, destination).info({ status: 200, ms: 1.5 }, 'request');
    expect(written).toEqual([expect.stringMatching(/^\d\d:\d\d:\d\d info {2}request status=200 ms=1.5\n$/)]);
  });
});
