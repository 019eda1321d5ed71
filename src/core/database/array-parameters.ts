const BYTEA_OID = 17;
const HEADER_BYTES = 20;
const NULL_LENGTH = -1;

/**
 * A `bytea[]` parameter in PostgreSQL's binary format (array_send): flags, element type, one dimension, then each
 * element with its length. As text each byte would travel as two characters, be escaped here and parsed there.
 */
export function byteaArray(items: readonly (Uint8Array | null)[]): Buffer {
  const size = items.reduce((sum, item) => sum + 4 + (item?.length ?? 0), HEADER_BYTES);
  const buffer = Buffer.allocUnsafe(size);
  buffer.writeInt32BE(items.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(items.includes(null) ? 1 : 0, 4);
  buffer.writeInt32BE(BYTEA_OID, 8);
  // An array without items has no dimension, and ends here.
  if (items.length === 0) return buffer.subarray(0, 12);
  buffer.writeInt32BE(items.length, 12);
  buffer.writeInt32BE(1, 16);
  let offset = HEADER_BYTES;
  for (const item of items) {
    offset = buffer.writeInt32BE(item?.length ?? NULL_LENGTH, offset);
    if (item === null) continue;
    buffer.set(item, offset);
    offset += item.length;
  }
  return buffer;
}

/**
 * An array parameter as text, for elements whose text needs no quotes: UUIDs, integers, ISO times, and NULL for null.
 */
export function plainArray(items: readonly (string | number | null)[]): string {
  return `{${items.map((item) => item ?? 'NULL').join(',')}}`;
}
