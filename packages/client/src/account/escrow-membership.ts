import {
  decodeBase64Url,
  encodeAddEscrowFields,
  encodeBase64Url,
  LENGTHS,
  type AccountJson,
  type ServiceJson,
} from '@sealpost/protocol';
import { authPayloadHash, proveAction } from '../crypto/auth-proof.js';
import { escrowFingerprint, sealEscrow } from '../crypto/escrow.js';
import { constantTimeEqual } from '../crypto/primitives.js';
import { ClientError, keeping } from '../errors.js';
import type { EscrowWarning } from '../escrow/escrow-watch.js';
import type { EscrowNote } from '../sync/escrow-notes.js';
import { changing, type AccountContext, type ChangeStart } from './account-context.js';
import { proven } from './proven.js';
import { checkService } from './service-check.js';

/** An escrow key that the user's application vouches for. */
export interface TrustedEscrow {
  readonly publicKey: Uint8Array;
  readonly fingerprint: Uint8Array;
}

/**
 * The escrow key that the server offers, where it is the one whose fingerprint the application was configured with; the
 * server's word alone never counts.
 * @param fingerprint base64url of 32 bytes, as `sealpost escrow keygen` prints it
 * @throws ClientError `escrow.not-offered`, `escrow.fingerprint-differs`, `client.invalid-argument`
 */
export function trustedEscrow(service: ServiceJson, fingerprint: string): TrustedEscrow {
  const expected = decodeBase64Url(fingerprint);
  if (expected?.length !== LENGTHS.hash) {
    throw new ClientError('client.invalid-argument', 'An escrow fingerprint is base64url of 32 bytes');
  }
  if (service.escrow === undefined) {
    throw new ClientError('escrow.not-offered', 'The service offers no escrow');
  }
  const publicKey = decodeBase64Url(service.escrow.publicKey);
  if (publicKey?.length !== LENGTHS.kemPublicKey) {
    throw new ClientError('client.bad-answer', "The server's escrow key is none");
  }
  if (!constantTimeEqual(escrowFingerprint(publicKey), expected)) {
    throw new ClientError(
      'escrow.fingerprint-differs',
      'The escrow key that the server offers is not the one with this fingerprint: nothing was given to it',
    );
  }
  return { publicKey, fingerprint: expected };
}

/**
 * The escrow of a new vault key: the one that is asked for, or none where the account has none, by what the server says
 * and by what the user's clients know. To leave an escrow is never an accident, and never the server's doing.
 * @param escrow the fingerprint; `remove` to leave the escrow
 * @throws as trustedEscrow(), ClientError `escrow.fingerprint-missing`, EscrowWarning
 */
export function escrowOfNewKey(
  service: ServiceJson,
  account: AccountJson,
  escrow: { readonly fingerprint?: string; readonly remove?: boolean },
  warning: EscrowWarning | undefined,
): TrustedEscrow | null {
  if (escrow.remove === true) return null;
  if (escrow.fingerprint !== undefined) return trustedEscrow(service, escrow.fingerprint);
  if (warning !== undefined) throw warning;
  if (account.escrow === undefined) return null;
  throw new ClientError(
    'escrow.fingerprint-missing',
    'The account has an escrow: give its fingerprint to keep it, or remove it',
  );
}

/** What is noted of giving the vault key to an escrow's holder by the next change of the account's credentials. */
export function escrowNote(
  { credentialVersion }: AccountJson,
  { fingerprint }: TrustedEscrow,
  step: EscrowNote['step'],
): EscrowNote {
  return { fingerprint: encodeBase64Url(fingerprint), credentialVersion: credentialVersion + 1, step };
}

/**
 * Gives the present vault key to the holder of an escrow key, proven by the present password.
 * @param expected the escrow key's fingerprint, as the application knows it
 */
export async function joinEscrow(context: AccountContext, password: string, expected: string): Promise<void> {
  const { escrowNotes } = context;
  const service = await checkService(context.api, context.address);
  const trusted = trustedEscrow(service, expected);
  await changing(context, password, async (start) => {
    const { record, account, vaultKey } = start;
    const { serviceId, userId } = record;
    const unlock = sealEscrow(trusted.publicKey, { serviceId, userId }, vaultKey);
    await escrowNotes.keep(vaultKey, escrowNote(account, trusted, 'sent'));
    await submitWrap(context, start, { fingerprint: trusted.fingerprint, unlock });
    await keeping('The account has joined the escrow.', () =>
      escrowNotes.keep(vaultKey, escrowNote(account, trusted, 'joined')),
    );
    // Until the user's other clients know it, the server can hide it from them.
    await context.share();
  });
}

async function submitWrap(
  context: AccountContext,
  { record, account, proof }: ChangeStart,
  wrap: { readonly fingerprint: Uint8Array; readonly unlock: Uint8Array },
): Promise<void> {
  const { loginId, credentialVersion } = account;
  const { fingerprint, unlock: escrowUnlock } = wrap;
  const escrow = { fingerprint: encodeBase64Url(fingerprint), unlock: encodeBase64Url(escrowUnlock) };
  const fields = encodeAddEscrowFields({ userId: record.userId, credentialVersion, fingerprint, escrowUnlock });
  const payloadHash = authPayloadHash('add-escrow', fields);
  await proven(context, {
    loginId,
    leastSuite: record.suite,
    isDone: async () => {
      const now = await context.userApi.account();
      return now.credentialVersion > credentialVersion && now.escrow?.fingerprint === escrow.fingerprint;
    },
    send: (offered) => {
      const signature = proveAction('add-escrow', offered.context, payloadHash, proof.keysFor(offered).authSeed);
      const sent = { challenge: offered.sent, proof: encodeBase64Url(signature) };
      return context.userApi.addEscrow({ loginId, credentialVersion, escrow, ...sent });
    },
  });
}
