import { open, readFile } from 'node:fs/promises';
import { decodeBase64Url, encodeBase64Url } from '@sealpost/protocol';
import { escrowKeyOf, newEscrowKey, type EscrowKey, type OpenedEscrow } from '../escrow/escrow-holder.js';
import { loadSodium } from '../crypto/sodium.js';
import { UsageError } from '@sealpost/command-line';

const FORMAT = 'sealpost-escrow-key/1';
/** Everybody but the owner. */
const OTHERS = 0o077;

/** Makes a key file that nobody but its owner can read; an existing file is never replaced. */
export async function writeNewEscrowKey(path: string): Promise<EscrowKey> {
  const key = await newEscrowKey();
  const { fingerprint } = key;
  await writeSecret(path, { format: FORMAT, seed: encodeBase64Url(key.seed), fingerprint });
  return key;
}

/** @throws UsageError where it is no key file, or others can read it */
export async function readEscrowKey(path: string): Promise<EscrowKey> {
  const file = await open(path, 'r').catch(explain(path));
  try {
    const { mode } = await file.stat();
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0) {
      throw new UsageError(`Others can read ${path}: its mode must be 0600`);
    }
    await loadSodium();
    const key = keyIn(await file.readFile('utf8'));
    if (key === null) throw new UsageError(`${path} is not a key file of "sealpost escrow keygen"`);
    return key;
  } finally {
    await file.close();
  }
}

function keyIn(text: string): EscrowKey | null {
  const json = parsed(text) as { format?: unknown; seed?: unknown; fingerprint?: unknown } | null;
  if (typeof json !== 'object' || json?.format !== FORMAT || typeof json.seed !== 'string') return null;
  const seed = decodeBase64Url(json.seed);
  if (seed?.length !== 32) return null;
  const key = escrowKeyOf(seed);
  return key.fingerprint === json.fingerprint ? key : null;
}

/** @throws UsageError where it is no JSON */
export async function readExport(path: string): Promise<unknown> {
  const json = parsed(await readFile(path, 'utf8').catch(explain(path)));
  if (json === null) throw new UsageError(`${path} is not JSON`);
  return json;
}

/** The opened account, for programs; nobody but the owner of the file can read it. */
export function writeOpened(path: string, opened: OpenedEscrow): Promise<void> {
  const { vaultKey, keys, ...owner } = opened;
  return writeSecret(path, {
    format: 'sealpost-opened-vault/1',
    ...owner,
    vaultKey: encodeBase64Url(vaultKey),
    keys: keys.map(({ version, signSeed, boxSeed, kemSeed }) => ({
      version,
      signSeed: encodeBase64Url(signSeed),
      boxSeed: encodeBase64Url(boxSeed),
      kemSeed: encodeBase64Url(kemSeed),
    })),
  });
}

async function writeSecret(path: string, json: object): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch(explain(path));
  try {
    await file.writeFile(`${JSON.stringify(json, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function explain(path: string): (error: NodeJS.ErrnoException) => never {
  return (error) => {
    if (error.code === 'EEXIST') throw new UsageError(`${path} exists already: it is not replaced`);
    if (error.code === 'ENOENT') throw new UsageError(`There is no ${path}`);
    throw error;
  };
}
