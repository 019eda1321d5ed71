/** What a value of a column is inside: times are Unix milliseconds. */
type Inside<Value> = Value extends Date | bigint ? number : Value extends Uint8Array ? Uint8Array<ArrayBuffer> : Value;

/** A row as it is used inside. */
export type FromRow<Row> = { [Name in keyof Row]: Inside<Row[Name]> };

/** What Prisma takes for a member: a number is a time where the name says so. */
type Column<Name, Value> = Value extends Uint8Array
  ? Uint8Array<ArrayBuffer>
  : Value extends number
    ? Name extends `${string}At`
      ? Date
      : Value
    : Value;

/**
 * A row that the database has answered with, as it is used inside: times are Unix milliseconds, integers of 64 bits are
 * numbers (they stay below 2^53), and bytes are plain, as the byte readers of the protocol want them. Prisma and pg answer
 * with Buffers.
 */
export function fromRow<Row extends object>(row: Row): FromRow<Row>;
export function fromRow(row: object): unknown {
  return Object.fromEntries(Object.entries(row).map(([name, value]: [string, unknown]) => [name, inside(value)]));
}

function inside(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (typeof value === 'bigint') return Number(value);
  return value instanceof Uint8Array ? new Uint8Array(value) : value;
}

/** Members for Prisma to store: those whose names end in `At` are times. */
export function toRow<Members extends object>(
  members: Members,
): { [Name in keyof Members]: Column<Name, Members[Name]> };
export function toRow(members: object): unknown {
  const entries = Object.entries(members).map(([name, value]: [string, unknown]) => {
    return [name, typeof value === 'number' && name.endsWith('At') ? new Date(value) : value];
  });
  const row: unknown = Object.fromEntries(entries);
  return row;
}
