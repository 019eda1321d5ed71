import { describe, expect, it } from '@jest/globals';
import { WriteHealth } from './write-health.js';

const DISK_FULL = { code: '53100' };

describe('the write health', () => {
  let time = 0;
  const health = (): WriteHealth => new WriteHealth(() => time);

  it('whether the database takes changes is assumed until an attempt was refused, and from the next success on', () => {
    const writes = health();
    expect(writes.refused).toBe(false);
    writes.failed(DISK_FULL);
    expect(writes.refused).toBe(true);
    writes.succeeded();
    expect(writes.refused).toBe(false);
  });

  it.each(['53100', '53200', '25006', '58030'])(
    'whether the database takes changes is denied by SQLSTATE %s',
    (code) => {
      const writes = health();
      writes.failed(new Error('wrapped', { cause: { code } }));
      expect(writes.refused).toBe(true);
    },
  );

  it.each(['53300', '57014', '23505', '40P01'])(
    'whether the database takes changes has nothing to do with SQLSTATE %s',
    (code) => {
      const writes = health();
      writes.failed({ code });
      expect(writes.refused).toBe(false);
    },
  );

  it('whether the database takes changes is not known any more some seconds after the last attempt, so that the next one finds out', () => {
    const writes = health();
    writes.failed(DISK_FULL);
    time += 4999;
    expect(writes.refused).toBe(true);
    time += 1;
    expect(writes.refused).toBe(false);
  });
});
