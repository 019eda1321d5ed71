import { describe, expect, it } from '@jest/globals';
import { SealpostError } from '../../errors.js';
import type { ClientStorage } from '../client-storage.js';
import type { StoragePlace } from './storage-contract.js';

/** A place whose medium can be made to fail. */
export interface FaultyPlace extends StoragePlace {
  /** From this call of the medium on, counted from 1 and from now, every call fails, until heal(). */
  failFrom(call: number): void;
  /** @returns whether any call has failed */
  heal(): boolean;
  /** From now on the medium answers nothing, until the function that this gives is called. */
  stall(): Promise<() => void>;
  /** Files or the like that are open. */
  readonly openFiles: () => number;
}

/** More calls than anything here makes. */
const MOST_CALLS = 60;

/** What every adapter promises about a medium that fails, at whichever call it begins to. */
export function describeStorageFaults(name: string, makePlace: () => Promise<FaultyPlace>): void {
  describe(`${name} on a medium that fails`, () => {
    it.each([false, true])(
      'keeps a commit or leaves all as it was, and goes on afterwards (erasing: %s)',
      async (erase) => {
        const place = await makePlace();
        let storage = await place.open();
        let kept = '0';
        await storage.commit(contentOf(kept));
        for (let call = 1, reached = true; reached && call < MOST_CALLS; call++) {
          place.failFrom(call);
          const next = String(call);
          const outcome = await storage.commit(contentOf(next), { erase }).then(() => null, failureOf);
          reached = place.heal();
          if (outcome === null) kept = next;
          else expect(outcome).toBe('storage.failed');
          expect(await bothOf(storage)).toEqual([kept, kept]);
          // It goes on without being opened again, and what it says is what the next one finds.
          if (call % 3 === 0) await storage.commit(contentOf((kept = `${next} again`)));
          await storage.close();
          expect(place.openFiles()).toBe(0);
          storage = await place.open();
          expect(await bothOf(storage)).toEqual([kept, kept]);
        }
        await storage.close();
        await place.remove();
      },
    );

    it('keeps the order, and every commit whole, where it answers late', async () => {
      const place = await makePlace();
      const storage = await place.open();
      await storage.commit(contentOf('0'));
      const goOn = await place.stall();
      const kept: string[] = [];
      const commits = ['1', '2', '3'].map(async (text) => {
        await storage.commit(contentOf(text));
        kept.push(text);
      });
      const reading = bothOf(storage);
      const last = storage.commit(contentOf('4'));
      const closing = storage.close();
      expect(kept).toEqual([]);
      goOn();
      await Promise.all([...commits, last, closing]);
      expect(kept).toEqual(['1', '2', '3']);
      // The second is asked for later: after the storage was closed it may be refused, and is never older.
      const [a, b] = await reading.catch(() => []);
      expect(Number(b ?? a ?? 0)).toBeGreaterThanOrEqual(Number(a ?? 0));
      const again = await place.open();
      expect(await bothOf(again)).toEqual(['4', '4']);
      await again.close();
      await place.remove();
    });

    it('opens, or says what is wrong and opens later', async () => {
      const place = await makePlace();
      const first = await place.open();
      await first.commit(contentOf('kept'));
      await first.close();
      for (let call = 1, reached = true; reached && call < MOST_CALLS; call++) {
        place.failFrom(call);
        const opened = await place.open().catch(failureOf);
        reached = place.heal();
        if (typeof opened === 'string') expect(opened).toBe('storage.failed');
        else await opened.close();
        expect(place.openFiles()).toBe(0);
      }
      const last = await place.open();
      expect(await bothOf(last)).toEqual(['kept', 'kept']);
      await last.close();
      await place.remove();
    });
  });
}

function contentOf(text: string): Map<string, string> {
  return new Map([
    ['a', text],
    ['b', text],
  ]);
}

async function bothOf(storage: ClientStorage): Promise<(string | null)[]> {
  return [await storage.get('a'), await storage.get('b')];
}

function failureOf(error: unknown): string {
  if (error instanceof SealpostError) return error.code;
  throw error;
}
