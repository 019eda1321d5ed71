import { describe, expect, it } from '@jest/globals';
import { EventLoopQueue } from './event-loop-queue.js';

describe('The queue of the event loop', () => {
  it('the queue of the event loop does one piece of work in each iteration, in order, with others in between', async () => {
    const queue = new EventLoopQueue();
    const done: string[] = [];
    const over = new Promise<void>((resolve) => {
      for (const name of ['a', 'b', 'c']) queue.add(() => done.push(name));
      queue.add(resolve);
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

  it('the queue of the event loop begins anew after a pause, also with what a piece of work adds', async () => {
    const queue = new EventLoopQueue();
    await new Promise<void>((resolve) => queue.add(() => queue.add(resolve)));
    await new Promise<void>((resolve) => queue.add(resolve));
  });
});
