import { Changes, type ClientState } from '../state/client-state.js';
import { noteKey } from './local-content.js';
import { type Choice, timeAfter } from '../trust/shared-trust.js';
import { vaultKeyIdOf } from './state-envelope.js';

/**
 * What is known of giving the vault key to the holder of an escrow key: that the server was sent the wrap, and that it
 * took it. Each is a note of its own, and none is taken back, so that two devices' notes never contradict each other.
 */
type EscrowStep = 'sent' | 'joined';

export interface EscrowNote {
  /** base64url. */
  readonly fingerprint: string;
  /** The credential version of the account once the escrow is joined: later ones take the place of earlier ones. */
  readonly credentialVersion: number;
  readonly step: EscrowStep;
}

const PREFIX = 'escrow/';

/** The escrow list of the client state (protocol section 6). A note counts for the vault key that it was written for. */
export class EscrowNotes {
  constructor(
    private readonly state: ClientState,
    private readonly now: () => number,
  ) {}

  async keep(vaultKey: Uint8Array, { fingerprint, credentialVersion, step }: EscrowNote): Promise<void> {
    const note: Choice = { at: timeAfter(this.now(), []), value: '' };
    const key = `${prefixOf(vaultKey)}${credentialVersion}/${fingerprint}/${step}`;
    await this.state.commit(new Changes().put(key, note));
  }

  /** In the order of their credentialVersions. */
  async of(vaultKey: Uint8Array): Promise<readonly EscrowNote[]> {
    const prefix = prefixOf(vaultKey);
    const notes = (await this.state.keys(prefix)).map((key) => noteIn(key.slice(prefix.length)));
    return notes.filter((note) => note !== null).sort((a, b) => a.credentialVersion - b.credentialVersion);
  }

  /** Removes those of vault keys that the account has no more. */
  async forgetOthers(changes: Changes, vaultKey: Uint8Array): Promise<Changes> {
    for (const key of await this.state.keys(noteKey(PREFIX))) {
      if (!key.startsWith(prefixOf(vaultKey))) changes.remove(key);
    }
    return changes;
  }
}

function prefixOf(vaultKey: Uint8Array): string {
  return noteKey(`${PREFIX}${vaultKeyIdOf({ vaultKey })}/`);
}

/** @returns null for what a newer client may have noted here */
function noteIn(name: string): EscrowNote | null {
  const [version = '', fingerprint = '', step, ...rest] = name.split('/');
  if (!/^\d{1,15}$/.test(version) || rest.length > 0 || (step !== 'sent' && step !== 'joined')) return null;
  return { fingerprint, credentialVersion: Number(version), step };
}
