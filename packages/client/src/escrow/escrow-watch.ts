import type { AccountJson } from '@sealpost/protocol';
import type { EscrowWarningCode } from '../error-codes.js';
import { SealpostError } from '../errors.js';
import { vaultKeyOf } from '../keys/vault-box.js';
import type { EscrowNote, EscrowNotes } from '../sync/escrow-notes.js';
import type { ClientState } from '../state/client-state.js';

/**
 * The server says otherwise of the account's escrow than the user's own clients have done. It blocks nothing that the
 * user asks for by name; a new vault key is made without a word on the escrow only where there is no such warning.
 */
export class EscrowWarning extends SealpostError {
  override readonly name = 'EscrowWarning';

  constructor(
    /** `escrow.hidden`: an escrow that was joined is not shown. `escrow.unknown`: one is shown that was not joined. */
    readonly code: EscrowWarningCode,
    /** Fingerprint of what the server shows; absent where it shows none. */
    readonly shown: string | undefined,
    /** Fingerprint of the newest escrow that the user's clients have joined; absent where they have joined none. */
    readonly joined: string | undefined,
  ) {
    super(
      code === 'escrow.hidden'
        ? `The server shows no escrow, though this account is in that of ${joined ?? ''}`
        : `The server shows escrow ${shown ?? ''}, which none of the user's devices is known to have joined last`,
    );
  }
}

/** What the user's clients know of the account's escrow by themselves. */
export interface OwnEscrows {
  /** Fingerprints of all escrow keys whose holders may have the present vault key, the oldest first. */
  readonly knownEscrows: readonly string[];
  readonly escrowWarning?: EscrowWarning;
}

/** What the user's clients know, and how it is brought up to date. */
interface Known {
  readonly state: ClientState;
  readonly escrowNotes: EscrowNotes;
  /** Takes in what the user's other clients know, as far as that can be done now. */
  readonly share: () => Promise<void>;
}

/** Holds what the server says of the account's escrow against what the user's clients have done. */
export async function lookAtEscrow(known: Known, account: AccountJson): Promise<OwnEscrows> {
  const seen = await compare(known, account);
  if (seen.escrowWarning === undefined) return seen;
  // Another device may have joined it a moment ago.
  await known.share();
  return compare(known, account);
}

async function compare({ state, escrowNotes }: Known, { escrow }: AccountJson): Promise<OwnEscrows> {
  const session = await state.record('session');
  if (session === null) return { knownEscrows: [] };
  const notes = await escrowNotes.of(vaultKeyOf(session));
  const knownEscrows = [...new Set(notes.map(({ fingerprint }) => fingerprint))];
  const escrowWarning = warningOf(notes, escrow?.fingerprint);
  return escrowWarning === null ? { knownEscrows } : { knownEscrows, escrowWarning };
}

/** Whether the server took what was sent after the newest escrow that was joined is not known. */
function warningOf(notes: readonly EscrowNote[], shown: string | undefined): EscrowWarning | null {
  const joined = notes.findLast(({ step }) => step === 'joined');
  if (shown === joined?.fingerprint) return null;
  if (shown === undefined) return new EscrowWarning('escrow.hidden', shown, joined?.fingerprint);
  const since = joined?.credentialVersion ?? 0;
  const perhaps = notes.some(({ fingerprint, credentialVersion: at }) => fingerprint === shown && at > since);
  return perhaps ? null : new EscrowWarning('escrow.unknown', shown, joined?.fingerprint);
}
