import { describe, expect, it } from '@jest/globals';
import { NamedMutex } from './mutex.js';

describe('Work under a name', () => {
  it('work under a name is done one after the other, in the order in which it was asked for, also after a failure', async () => {
    const mutex = new NamedMutex();
    const log: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (name === 'first') throw new Error('first failed');
    };
    const first = mutex.run('a', work('first'));
    const second = mutex.run('a', work('second'));
    await expect(first).rejects.toThrow('first failed');
    await second;
    expect(log).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  });

  it('work under a name does not wait for work of another name', async () => {
    const mutex = new NamedMutex();
    let release: () => void = () => undefined;
    const blocked = mutex.run('a', () => new Promise<void>((resolve) => (release = resolve)));
    await expect(mutex.run('b', async () => 'done')).resolves.toBe('done');
    release();
    await blocked;
  });
});
