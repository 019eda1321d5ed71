import { ByteWriter, utf8 } from './bytes.js';
import { LENGTHS } from './limits.js';
import { encodeLoginFields } from './session-key.js';
import { uuidToBytes } from './uuid.js';

/** The fields of action `register`, as they are hashed. */
export interface RegisterFields {
  readonly userId: string;
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly authPublicKey: Uint8Array;
  readonly keysHash: Uint8Array;
  readonly handleSignature: Uint8Array;
  readonly vault: Uint8Array;
  readonly passwordUnlock: Uint8Array;
  readonly recoveryAuthPublicKey: Uint8Array;
  readonly recoveryUnlock: Uint8Array;
}

/** The fields of actions `change-password` and `recover`. */
export interface PasswordFields {
  readonly userId: string;
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
  /** Normalised: the one that the account is to have from now on, also where it stays. */
  readonly newLoginId: string;
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly authPublicKey: Uint8Array;
  readonly passwordUnlock: Uint8Array;
  /** The signature under the new loginId; absent where the loginId stays. */
  readonly handleSignature?: Uint8Array;
}

/** The fields of action `replace-recovery`. */
export interface RecoveryKeyFields {
  readonly userId: string;
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
  readonly recoveryAuthPublicKey: Uint8Array;
  readonly recoveryUnlock: Uint8Array;
}

/** The fields of action `rekey`. */
export interface RekeyFields extends RegisterFields {
  /** The version of the credentials that are replaced. */
  readonly credentialVersion: number;
}

/** The fields of action `add-escrow`. */
export interface AddEscrowFields {
  readonly userId: string;
  /** The version of the credentials that the escrow is added to. */
  readonly credentialVersion: number;
  /** H(tag(`escrow-pk/v1`) ‖ pk) of the escrow key that holds the vault key from now on. */
  readonly fingerprint: Uint8Array;
  readonly escrowUnlock: Uint8Array;
}

/** The fields of action `reset-keys`. */
export interface ResetKeysFields extends RegisterFields {
  /** H(claim token). */
  readonly claimTokenHash: Uint8Array;
}

/** The fields of action `delete-account`. */
export interface DeleteAccountFields {
  readonly userId: string;
  readonly credentialVersion: number;
}

/** What `open-recovery` signs besides the proof itself. */
export const NO_FIELDS: Uint8Array = new Uint8Array(0);

/**
 * userId ‖ u8 suite ‖ salt ‖ authPk ‖ keysHash ‖ handleSignature ‖ B(vault) ‖ B(password unlock) ‖ recoveryAuthPk ‖
 * B(recovery unlock), and lp(thumbprint) where the session of the registration is bound to a key.
 * @param thumbprint of the session key, 32 bytes
 */
export function encodeRegisterFields(fields: RegisterFields, thumbprint?: Uint8Array): Uint8Array {
  const account = writeAccount(ownerOf(fields), fields);
  return (thumbprint === undefined ? account : account.raw(encodeLoginFields(thumbprint))).finish();
}

/**
 * userId ‖ u32 credentialVersion ‖ lp(new loginId) ‖ u8 suite ‖ salt ‖ authPk ‖ B(password unlock) ‖ handleSignature, 64
 * zero bytes where the loginId stays.
 */
export function encodePasswordFields(fields: PasswordFields): Uint8Array {
  return versionedOwnerOf(fields)
    .lp(utf8(fields.newLoginId), 'newLoginId')
    .u8(fields.suite, 'suite')
    .fixed(fields.salt, LENGTHS.salt, 'salt')
    .fixed(fields.authPublicKey, LENGTHS.signingPublicKey, 'authPublicKey')
    .blob(fields.passwordUnlock, 'passwordUnlock')
    .fixed(fields.handleSignature ?? new Uint8Array(LENGTHS.signature), LENGTHS.signature, 'handleSignature')
    .finish();
}

/** userId ‖ u32 credentialVersion ‖ recoveryAuthPk ‖ B(recovery unlock). */
export function encodeRecoveryKeyFields(fields: RecoveryKeyFields): Uint8Array {
  return versionedOwnerOf(fields)
    .fixed(fields.recoveryAuthPublicKey, LENGTHS.signingPublicKey, 'recoveryAuthPublicKey')
    .blob(fields.recoveryUnlock, 'recoveryUnlock')
    .finish();
}

/** The bytes of `register`, with u32 credentialVersion after userId. */
export function encodeRekeyFields(fields: RekeyFields): Uint8Array {
  return writeAccount(versionedOwnerOf(fields), fields).finish();
}

/** userId ‖ u32 credentialVersion ‖ fingerprint ‖ B(escrow unlock). */
export function encodeAddEscrowFields(fields: AddEscrowFields): Uint8Array {
  return versionedOwnerOf(fields)
    .fixed(fields.fingerprint, LENGTHS.hash, 'fingerprint')
    .blob(fields.escrowUnlock, 'escrowUnlock')
    .finish();
}

/** The bytes of `register` ‖ H(claim token). */
export function encodeResetKeysFields(fields: ResetKeysFields): Uint8Array {
  return writeAccount(ownerOf(fields), fields).fixed(fields.claimTokenHash, LENGTHS.hash, 'claimTokenHash').finish();
}

/** userId ‖ u32 credentialVersion. */
export function encodeDeleteAccountFields(fields: DeleteAccountFields): Uint8Array {
  return versionedOwnerOf(fields).finish();
}

function ownerOf({ userId }: { readonly userId: string }): ByteWriter {
  return new ByteWriter().raw(uuidToBytes(userId, 'userId'));
}

function versionedOwnerOf(fields: DeleteAccountFields): ByteWriter {
  return ownerOf(fields).u32(fields.credentialVersion, 'credentialVersion');
}

function writeAccount(writer: ByteWriter, fields: RegisterFields): ByteWriter {
  return writer
    .u8(fields.suite, 'suite')
    .fixed(fields.salt, LENGTHS.salt, 'salt')
    .fixed(fields.authPublicKey, LENGTHS.signingPublicKey, 'authPublicKey')
    .fixed(fields.keysHash, LENGTHS.hash, 'keysHash')
    .fixed(fields.handleSignature, LENGTHS.signature, 'handleSignature')
    .blob(fields.vault, 'vault')
    .blob(fields.passwordUnlock, 'passwordUnlock')
    .fixed(fields.recoveryAuthPublicKey, LENGTHS.signingPublicKey, 'recoveryAuthPublicKey')
    .blob(fields.recoveryUnlock, 'recoveryUnlock');
}
