import { describe, expect, it } from '@jest/globals';
import { forceCloseDatabase, IDBFactory } from 'fake-indexeddb';
import { BrowserStorage } from './browser-storage.js';
import { deleteDatabase, openRaw, OriginLocks } from './testing/origin.js';

/** A factory that hands out the connections that were made, the last one last. */
class WatchedFactory extends IDBFactory {
  readonly connections: IDBDatabase[] = [];

  override open(name: string, version?: number): ReturnType<IDBFactory['open']> {
    const request = super.open(name, version);
    request.addEventListener('success', () => {
      this.connections.push(request.result);
    });
    return request;
  }

  get last(): IDBDatabase {
    const last = this.connections.at(-1);
    if (last === undefined) throw new Error('There is no connection yet');
    return last;
  }
}

/** Closes the connection like the browser does. The types of the package name the class where they mean a connection. */
function takeAway(connection: IDBDatabase): void {
  forceCloseDatabase(connection as unknown as typeof IDBDatabase);
}

describe('A lost connection of BrowserStorage', () => {
  const opened = async () => {
    const indexedDB = new WatchedFactory();
    const locks = new OriginLocks();
    const open = (): Promise<BrowserStorage> => BrowserStorage.open('alice', { indexedDB, locks });
    const storage = await open();
    await storage.commit(new Map([['a', 'kept']]));
    return { indexedDB, open, storage };
  };
  const losses: readonly (readonly [string, (connection: IDBDatabase) => void])[] = [
    ['with a word (the event `close`)', (connection) => takeAway(connection)],
    ['without one (InvalidStateError)', (connection) => connection.close()],
  ];

  it.each(losses)(
    'BrowserStorage whose connection is lost %s, opens another one, and keeps order and content',
    async (_how, lose) => {
      const { indexedDB, open, storage } = await opened();
      const held = await storage.heldKeys.generate();
      for (let time = 1; time <= 3; time++) {
        lose(indexedDB.last);
        const commits = [1, 2, 3].map((n) => storage.commit(new Map([['n', `${time}.${n}`]])));
        expect(await storage.get('a')).toBe('kept');
        await Promise.all(commits);
        expect(await storage.get('n')).toBe(`${time}.3`);
      }
      lose(indexedDB.last);
      expect(await storage.heldKeys.find(held?.id ?? '')).not.toBeNull();
      expect(indexedDB.connections).toHaveLength(5);
      await storage.close();
      await expect(storage.get('a')).rejects.toMatchObject({ code: 'storage.failed' });
      const again = await open();
      expect(await again.keys('')).toEqual(['a', 'n']);
      await again.close();
    },
  );

  it('BrowserStorage whose connection is lost in the middle of a commit keeps all of it or nothing, and says which', async () => {
    const { indexedDB, storage } = await opened();
    for (let turn = 0; turn < 4; turn++) {
      const before = await storage.get('a');
      const commit = storage.commit(new Map([['a', `commit ${turn}`]])).then(() => 'kept', failureOf);
      for (let n = 0; n < turn; n++) await Promise.resolve();
      takeAway(indexedDB.last);
      const outcome = await commit;
      expect(['kept', 'storage.failed']).toContain(outcome);
      expect(await storage.get('a')).toBe(outcome === 'kept' ? `commit ${turn}` : before);
    }
    await storage.close();
  });

  it('BrowserStorage whose connection is lost and whose database is gone says so, and does not go on from nothing', async () => {
    const { indexedDB, open, storage } = await opened();
    takeAway(indexedDB.last);
    await deleteDatabase(indexedDB);
    for (const attempt of [storage.get('a'), storage.commit(new Map([['a', '2']])), storage.get('a')]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'storage.failed',
        message: expect.stringContaining('deleted') as unknown,
      });
    }
    await storage.close();
    const fresh = await open();
    expect(await fresh.keys('')).toEqual([]);
    await fresh.close();
  });

  it('BrowserStorage whose connection is lost to a newer version of the page gives way to it', async () => {
    const { indexedDB, open, storage } = await opened();
    const newer = await openRaw(indexedDB, 3);
    await expect(storage.get('a')).rejects.toMatchObject({ code: 'storage.failed' });
    await storage.close();
    newer.close();
    await expect(open()).rejects.toMatchObject({ code: 'storage.failed' });
  });

  it('BrowserStorage whose connection is lost or never made, since another tab blocks it, says so and leaves nothing open', async () => {
    const indexedDB = new WatchedFactory();
    const locks = new OriginLocks();
    const older = await openRaw(indexedDB, 1);
    const open = (): Promise<BrowserStorage> => BrowserStorage.open('alice', { indexedDB, locks });
    await expect(open()).rejects.toMatchObject({ code: 'storage.locked' });
    older.close();
    const storage = await open();
    await storage.commit(new Map([['a', '1']]));
    await storage.close();
    await deleteDatabase(indexedDB);
  });
});

function failureOf(error: unknown): string {
  return (error as { readonly code: string }).code;
}
