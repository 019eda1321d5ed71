import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const PROTOCOL = join(import.meta.dirname, '../../packages/protocol/vectors');
const FOREIGN = join(import.meta.dirname, '../vectors');

/**
 * One file of the protocol's fixed examples, or of somebody else's in a folder of test/vectors, by its path without `.json`.
 * Tests say what they know of its form.
 */
export function readVectors(name: string): unknown {
  return JSON.parse(readFileSync(join(name.includes('/') ? FOREIGN : PROTOCOL, `${name}.json`), 'utf8'));
}

/** Vectors have bytes as hexadecimal text. */
export function fromHex(text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new Error(`Not hexadecimal: ${text}`);
  return new Uint8Array(Buffer.from(text, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
