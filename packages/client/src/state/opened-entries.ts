import type { Changes, ClientState } from './client-state.js';

/** An entry that was opened and is not done with yet, for the program that goes on here. */
export interface OpenedRecord {
  readonly sequence: number;
  /** Where what is remembered of it lies. */
  readonly key: string;
  readonly record: unknown;
}

const PREFIX = 'opened/';

/** Sorted as numbers are. */
export function openedKey(sequence: number): string {
  return `${PREFIX}${String(sequence).padStart(16, '0')}`;
}

export function noteOpened(changes: Changes, sequence: number, key: string, record: unknown): void {
  changes.put(openedKey(sequence), { sequence, key, record } satisfies OpenedRecord);
}

/** Everything up to this entry is done with. */
export async function forgetOpened(state: ClientState, changes: Changes, upTo: number): Promise<void> {
  for (const key of await state.keys(PREFIX)) if (key <= openedKey(upTo)) changes.remove(key);
}

export async function listOpened(state: ClientState): Promise<readonly OpenedRecord[]> {
  const records: OpenedRecord[] = [];
  for (const key of await state.keys(PREFIX)) {
    const record = await state.read<OpenedRecord>(key);
    if (record !== null) records.push(record);
  }
  return records;
}
