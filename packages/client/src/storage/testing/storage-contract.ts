import { afterEach, describe, expect, it } from '@jest/globals';
import type { ClientStorage } from '../client-storage.js';

/** One place that can be opened again and again, as a later process would. */
export interface StoragePlace {
  open(): Promise<ClientStorage>;
  /** False where what is closed is gone by design. */
  readonly survivesClose: boolean;
  /** False where nobody else can reach what it keeps. */
  readonly locks: boolean;
  remove(): Promise<void>;
}

/** What every adapter of ClientStorage promises. */
export function describeStorageContract(name: string, makePlace: () => Promise<StoragePlace>): void {
  describe(`${name} keeps a client's state`, () => {
    const cleanups: (() => Promise<void>)[] = [];
    afterEach(async () => {
      for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
    });
    const place = async (): Promise<StoragePlace> => {
      const made = await makePlace();
      cleanups.push(() => made.remove());
      return made;
    };
    const opened = async (at: StoragePlace): Promise<ClientStorage> => {
      const storage = await at.open();
      cleanups.push(() => storage.close());
      return storage;
    };

    it('has nothing at first', async () => {
      const storage = await opened(await place());
      expect(await storage.get('session')).toBeNull();
      expect(await storage.keys('')).toEqual([]);
    });

    it('reads back what was committed, replaced and removed', async () => {
      const storage = await opened(await place());
      await storage.commit(
        new Map([
          ['a', '1'],
          ['b', '2'],
          ['c', 'ä€😀\n\0"\\'],
        ]),
      );
      await storage.commit(
        new Map([
          ['a', '3'],
          ['b', null],
          ['never', null],
        ]),
      );
      expect(await storage.get('a')).toBe('3');
      expect(await storage.get('b')).toBeNull();
      expect(await storage.get('c')).toBe('ä€😀\n\0"\\');
    });

    it('lists the keys of a prefix in order, and no others', async () => {
      const storage = await opened(await place());
      await storage.commit(
        new Map([
          ['pin/b', ''],
          ['pin/a', ''],
          ['pins', ''],
          ['stream/a', ''],
        ]),
      );
      expect(await storage.keys('pin/')).toEqual(['pin/a', 'pin/b']);
      expect(await storage.keys('none/')).toEqual([]);
    });

    it('applies commits in the order in which they were asked for', async () => {
      const storage = await opened(await place());
      await Promise.all(Array.from({ length: 50 }, (_, index) => storage.commit(new Map([['n', String(index)]]))));
      expect(await storage.get('n')).toBe('49');
    });

    it('shows nobody half of a commit', async () => {
      const storage = await opened(await place());
      const writing = (async () => {
        for (let n = 0; n < 20; n++)
          await storage.commit(
            new Map([
              ['x', String(n)],
              ['y', String(n)],
            ]),
          );
      })();
      for (let look = 0; look < 20; look++) {
        const x = Number(await storage.get('x'));
        const y = Number(await storage.get('y'));
        // y is read later than x: it may be newer, never older.
        expect(y).toBeGreaterThanOrEqual(x);
      }
      await writing;
    });

    it('refuses to work once it is closed', async () => {
      const storage = await opened(await place());
      await storage.close();
      await expect((async () => storage.commit(new Map([['a', '1']])))()).rejects.toMatchObject({
        code: 'storage.failed',
      });
      await expect((async () => storage.get('a'))()).rejects.toMatchObject({ code: 'storage.failed' });
    });

    it('has everything after it was closed and opened again', async () => {
      const at = await place();
      const first = await at.open();
      await first.commit(
        new Map([
          ['a', '1'],
          ['b', 'x'.repeat(300_000)],
        ]),
      );
      await first.close();
      const second = await opened(at);
      expect(await second.get('a')).toBe(at.survivesClose ? '1' : null);
      expect((await second.get('b'))?.length).toBe(at.survivesClose ? 300_000 : undefined);
    });

    it('has one owner at a time', async () => {
      const at = await place();
      const first = await opened(at);
      if (!at.locks) {
        await first.commit(new Map([['a', 'first']]));
        expect(await (await opened(at)).get('a')).not.toBe('second');
        return;
      }
      await expect(at.open()).rejects.toMatchObject({ code: 'storage.locked' });
      await first.close();
      await expect(opened(at)).resolves.toBeDefined();
    });
  });
}
