import fc from 'fast-check';
import type { KeySeeds, Rcpt, StatementEntry } from '@sealpost/protocol';

/** Values of the protocol, for properties. */

export const anyBytes = (length: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength: length, maxLength: length });

export const anyUuidV7 = fc.uuid({ version: 7 });
export const anyUuid = fc.uuid({ version: [4, 7] });
export const anyServiceId = fc.stringMatching(/^[a-z0-9.-]{1,60}$/);
export const anyContentType = fc.stringMatching(/^[\x20-\x7e]{1,127}$/);
/** Below 2^53. */
export const anyU64 = fc.maxSafeNat();
export const anyU32 = fc.integer({ min: 0, max: 0xffffffff });
export const anyVersion = fc.integer({ min: 1, max: 0xffffffff });

export const anyRcpt: fc.Arbitrary<Rcpt> = fc.record({ userId: anyUuidV7, keyVersion: anyU32, keysHash: anyBytes(32) });

export const anyEntries: fc.Arbitrary<StatementEntry[]> = fc
  .uniqueArray(fc.record({ type: fc.integer({ min: 0, max: 0x7fff }), value: fc.uint8Array({ maxLength: 50 }) }), {
    selector: ({ type }) => type,
    maxLength: 5,
  })
  .map((entries) => entries.sort((a, b) => a.type - b.type));

export const anySeeds: fc.Arbitrary<KeySeeds[]> = fc
  .uniqueArray(
    fc.record({ version: anyVersion, signSeed: anyBytes(32), boxSeed: anyBytes(32), kemSeed: anyBytes(32) }),
    { selector: ({ version }) => version, maxLength: 6 },
  )
  .map((keys) => keys.sort((a, b) => a.version - b.version));
