import {
  decodeBase64Url,
  encodeAddEscrowFields,
  encodeBase64Url,
  LENGTHS,
  type AccountJson,
  type EscrowWrapJson,
  type ServiceJson,
} from '@sealpost/protocol';
import { escrowFingerprint, sealEscrow } from '../crypto/escrow.js';
import { constantTimeEqual } from '../crypto/primitives.js';
import { ClientError, keeping } from '../errors.js';
import type { EscrowWarning } from '../escrow/escrow-watch.js';
import { toWire } from '../http/json-shape.js';
import type { AccountRecord } from '../state/records.js';
import type { EscrowNote } from '../sync/escrow-notes.js';
import { changing, type AccountContext } from './account-context.js';
import { checkService } from './environment.js';
import { proofOf } from './proven.js';

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
 * @param wish which, or `remove` to leave the escrow
 * @throws as trustedEscrow(), ClientError `escrow.fingerprint-missing`, EscrowWarning
 */
export function escrowOfNewKey(
  service: ServiceJson,
  account: AccountJson,
  wish: { readonly fingerprint: string | undefined } | 'remove',
  warning: EscrowWarning | undefined,
): TrustedEscrow | null {
  if (wish === 'remove') return null;
  if (wish.fingerprint !== undefined) return trustedEscrow(service, wish.fingerprint);
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

/** A vault key for the holder of an escrow key: as it is proven, and as it is sent. */
export function wrapFor(
  { publicKey, fingerprint }: TrustedEscrow,
  { serviceId, userId }: Pick<AccountRecord, 'serviceId' | 'userId'>,
  vaultKey: Uint8Array,
): { readonly escrowUnlock: Uint8Array; readonly json: EscrowWrapJson } {
  const escrowUnlock = sealEscrow(publicKey, { serviceId, userId }, vaultKey);
  return { escrowUnlock, json: toWire({ fingerprint, unlock: escrowUnlock }) };
}

/**
 * Gives the present vault key to the holder of an escrow key, proven by the present password.
 * @param expected the escrow key's fingerprint, as the application knows it
 */
export async function joinEscrow(context: AccountContext, password: string, expected: string): Promise<void> {
  const { escrowNotes, userApi } = context;
  const trusted = trustedEscrow(await checkService(context), expected);
  await changing(context, password, async ({ record, account, vaultKey, prove }) => {
    const { userId, loginId, credentialVersion } = account;
    const { fingerprint } = trusted;
    const { escrowUnlock, json: escrow } = wrapFor(trusted, record, vaultKey);
    const fields = encodeAddEscrowFields({ userId, credentialVersion, fingerprint, escrowUnlock });
    await escrowNotes.keep(vaultKey, escrowNote(account, trusted, 'sent'));
    await prove({
      isDone: async () => {
        const now = await userApi.account();
        return now.credentialVersion > credentialVersion && now.escrow?.fingerprint === escrow.fingerprint;
      },
      send: (offered, authSeed) => {
        const proof = proofOf('add-escrow', fields, offered, authSeed);
        return userApi.addEscrow({ loginId, credentialVersion, escrow, ...proof });
      },
    });
    await keeping('The account has joined the escrow.', () =>
      escrowNotes.keep(vaultKey, escrowNote(account, trusted, 'joined')),
    );
    // Until the user's other clients know it, the server can hide it from them.
    await context.share();
  });
}
