import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('turns', () => {
  it('come one by one, in order, with others in between', async () => {
    const turns = new Turns();
    const done: string[] = [];
    const over = new Promise<void>((resolve) => {
      for (const name of ['a', 'b', 'c']) turns.take(() => done.push(name));
      turns.take(resolve);
    });
    expect(done).toEqual([]);
    const other = (): void => {
      done.push('-');
      if (done.length < 6) setImmediate(other);
    };
    setImmediate(other);
    await over;
    expect(done).toEqual(['a', '-', 'b', '-', 'c', '-']);
  });

  it('begin anew after a pause, also with what a turn asks for', async () => {
    const turns = new Turns();
    await new Promise<void>((resolve) => turns.take(() => turns.take(resolve)));
    await new Promise<void>((resolve) => turns.take(resolve));
  });
});
