import { ProtocolError, type StatementRefusal } from '@sealpost/protocol';
import type { ContactWarningCode, KeysRefusedCode } from '../error-codes.js';
import { SealpostError } from '../errors.js';

/** Where the keys of somebody went wrong. */
interface KeysRefusedDetails extends ErrorOptions {
  readonly version?: number;
  readonly refusal?: StatementRefusal;
}

/**
 * The server's account of somebody's keys cannot be accepted; nothing of it was kept.
 *
 * `contact.statement-refused`: a statement breaks a rule of protocol section 5. `contact.rollback`: the server shows less of
 * the keys than it has shown before. `contact.fork`: another statement for a version that is pinned. `contact.incomplete`:
 * versions are missing. `contact.too-long`: there are more versions than are verified for somebody whom the user has not
 * asked for; contacts.get() does ask. `contact.wrong-handle`: the loginId was not signed by these keys.
 * `contact.malformed`: it does not have the form of keys at all.
 */
export class KeysRefused extends SealpostError {
  override readonly name = 'KeysRefused';
  /** The version at which it went wrong, where there is one. */
  readonly version?: number;
  /** With `contact.statement-refused`: which rule is broken. */
  readonly refusal?: StatementRefusal;

  constructor(
    readonly code: KeysRefusedCode,
    readonly userId: string,
    { version, refusal, ...options }: KeysRefusedDetails = {},
  ) {
    const place = version === undefined ? '' : ` at version ${version}`;
    const reason = refusal === undefined ? '' : ` (${refusal.field}: ${refusal.reason})`;
    super(`Keys of user ${userId}: ${code.slice('contact.'.length)}${place}${reason}`, options);
    if (version !== undefined) this.version = version;
    if (refusal !== undefined) this.refusal = refusal;
  }
}

/** Runs `work` on somebody's keys; what has not their form comes out as a KeysRefused. */
export function refusingKeys<T>(userId: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new KeysRefused('contact.malformed', userId, { cause });
    throw cause;
  }
}

/**
 * Something about a contact that only people can judge. It blocks the contact, both ways, until it is passed to
 * `contacts.accept()`, which should happen after the two have talked over another channel.
 */
export abstract class ContactWarning extends SealpostError {
  abstract override readonly code: ContactWarningCode;
  /** The user whose keys or loginId it is about. */
  abstract readonly userId: string;
}

/** The contact's keys have a new root (protocol section 5): the safety number has changed, and no mark holds any more. */
export abstract class NewRootWarning extends ContactWarning {
  constructor(
    readonly userId: string,
    /** The key version that begins anew. */
    readonly version: number,
    /** Hash of that version's statement, base64url: what accept() accepts. */
    readonly root: string,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The contact's signing key was lost and replaced without the old one's signature: by its owner through recovery, or by
 * somebody who took the account over. The safety number has changed.
 */
export class RecoveredKeysWarning extends NewRootWarning {
  override readonly name = 'RecoveredKeysWarning';
  readonly code = 'contact.keys-recovered';

  constructor(userId: string, version: number, root: string) {
    super(userId, version, root, `The keys of user ${userId} were replaced without the old ones (version ${version})`);
  }
}

/**
 * The contact has declared all earlier keys compromised. Whoever holds one of them can have made the statement as well as
 * its owner. The safety number has changed: compare it before the contact is accepted.
 */
export class CompromisedKeysWarning extends NewRootWarning {
  override readonly name = 'CompromisedKeysWarning';
  readonly code = 'contact.keys-compromised';

  constructor(userId: string, version: number, root: string) {
    const what = `User ${userId} has declared all keys before version ${version} compromised`;
    super(userId, version, root, `${what}: compare the new safety number`);
  }
}

/**
 * Another device of this client's user has pinned other keys for this contact: one of the two was shown wrong ones.
 * Compare the safety number with the contact before this device's keys are accepted.
 */
export class ConflictingKeysWarning extends ContactWarning {
  override readonly name = 'ConflictingKeysWarning';
  readonly code = 'contact.keys-conflict';

  constructor(
    readonly userId: string,
    /** The first key version at which they differ. */
    readonly version: number,
    /** Hash of this device's statement of that version, base64url: what accept() accepts. */
    readonly hash: string,
    /** Hashes of the statements that other devices have. */
    readonly others: readonly string[],
  ) {
    super(`Another device has pinned other keys of user ${userId} (version ${version})`);
  }
}

/**
 * The server shows older or other keys of the contact than were seen before: it was restored from a backup, or it lies, or
 * keys were stolen and the chain was branched. Wait where the contact may still publish what they have; talk to them before
 * the keys that the server shows now are accepted. Every mark of the contact goes then.
 */
export class RewoundKeysWarning extends ContactWarning {
  override readonly name = 'RewoundKeysWarning';

  /** The newest version that the server shows now, and the hash of its statement, base64url: what accept() accepts. */
  readonly version: number;
  readonly hash: string;
  /** The newest version that was seen before and is missing. */
  readonly seenVersion: number;
  /** The first version that is missing, or another one now. */
  readonly from: number;

  constructor(
    readonly code: 'contact.rollback' | 'contact.fork',
    readonly userId: string,
    { version, hash, seenVersion, from }: Pick<RewoundKeysWarning, 'version' | 'hash' | 'seenVersion' | 'from'>,
  ) {
    const differs = from <= version ? `differs from version ${from} on` : `ends at version ${version}`;
    super(
      `The keys of user ${userId} were seen up to version ${seenVersion}, and what the server shows ${differs}: it was restored from a backup, or it lies`,
    );
    this.version = version;
    this.hash = hash;
    this.seenVersion = seenVersion;
    this.from = from;
  }
}

/** The loginId leads to another user than before. */
export class ReboundLoginIdWarning extends ContactWarning {
  override readonly name = 'ReboundLoginIdWarning';
  readonly code = 'contact.login-id-rebound';

  constructor(
    readonly loginId: string,
    /** The user to whom it led so far. */
    readonly pinnedUserId: string,
    /** The user to whom it leads now. */
    readonly userId: string,
  ) {
    super(`${loginId} was user ${pinnedUserId} and is now user ${userId}`);
  }
}
