import type { StateHistory } from '../state/records.js';

/** All of the newest are kept, and behind them one of so many. */
const DENSE = 128;

/** The history of the state after one with this version and hash. */
export function continueHistory(history: StateHistory, version: number, hash: string): StateHistory {
  const next = version + 1;
  const kept = Object.entries(history).filter(([key]) => {
    const age = next - Number(key);
    return age <= DENSE || (Number(key) % DENSE === 0 && age <= DENSE * DENSE);
  });
  return Object.fromEntries([...kept, [String(version), hash]]);
}

/**
 * True where a state comes from the one that this client has seen last, as far as both remember: no version that both
 * name has another hash.
 */
export function agrees(a: StateHistory, b: StateHistory): boolean {
  return Object.entries(a).every(([version, hash]) => !Object.hasOwn(b, version) || b[version] === hash);
}
