import { Injectable } from '@nestjs/common';
import { encodeRekeyFields } from '@sealpost/protocol';
import type { RekeyFields, SignedStatement } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import { CryptoService } from '../../../core/crypto/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRotation } from '../../keys/index.js';
import { changeOf, CredentialChanges } from '../credentials/credential-changes.service.js';
import type {
  ChangeRequest,
  CredentialChange,
  CredentialReplacement,
} from '../credentials/credential-changes.service.js';
import { bothAuthKeys, checkCredentialForm, checkKeysApart } from '../proofs/auth-proofs.service.js';
import { EscrowService } from './escrow.service.js';
import type { EscrowWrap } from './escrows.repository.js';

/** A new vault key, and everything that hangs on it, as a client asks for it. Nothing of it is verified yet. */
export interface Rekeying extends ChangeRequest, Omit<RekeyFields, 'userId' | 'keysHash'> {
  readonly keys: SignedStatement;
  readonly vaultVersion: number;
  /** Absent: the account has no escrow from then on. */
  readonly escrow?: EscrowWrap;
  /** The hash of the shared state that this client has taken in; absent: what the clients share may be lost. */
  readonly stateHash?: Uint8Array;
  readonly authKeySignature: Uint8Array;
  readonly recoveryAuthKeySignature: Uint8Array;
}

/** Action `rekey`: locks out whoever holds a copy of the old vault key, of a session, or of the recovery key. */
@Injectable()
export class RekeyService {
  constructor(
    private readonly crypto: CryptoService,
    private readonly keys: KeyRotation,
    private readonly changes: CredentialChanges,
    private readonly escrows: EscrowService,
  ) {}

  /**
   * Vault, key version, both unlocks, both auth keys and the escrow, all or nothing. All sessions end, the actor's too.
   * @returns the new credentialVersion
   */
  async rekey(userId: string, request: Rekeying, actor: Actor): Promise<number> {
    const { escrow } = request;
    checkCredentialForm(request);
    if (escrow !== undefined) this.escrows.requireOffered(escrow);
    const { signingPublicKey } = this.keys.read({ ...request, userId });
    const change = this.changeOf(userId, request);
    checkKeysApart(change.newKeys, [signingPublicKey]);
    return this.changes.replaceAsOwner(change, (tx) => this.replace(tx, userId, request, actor));
  }

  private changeOf(userId: string, request: Rekeying): CredentialChange {
    const keysHash = this.crypto.sha256(request.keys.statement);
    const fields = encodeRekeyFields({ ...request, userId, keysHash });
    return changeOf('rekey', userId, request, fields, bothAuthKeys(request));
  }

  private async replace(
    tx: Transaction,
    userId: string,
    request: Rekeying,
    actor: Actor,
  ): Promise<CredentialReplacement> {
    const { version, earlierKeysCompromised } = await this.keys.rotateIn(tx, { ...request, userId });
    const escrowEvents = await this.escrows.replace(tx, userId, request.escrow);
    const { suite, salt, authPublicKey, passwordUnlock, recoveryAuthPublicKey, recoveryUnlock, stateHash } = request;
    const takenIn = stateHash === undefined ? {} : { stateHash };
    const detail = earlierKeysCompromised ? { detail: 'compromised' } : {};
    return {
      credentials: { suite, salt, authPublicKey, passwordUnlock, recoveryAuthPublicKey, recoveryUnlock },
      actor,
      endsOtherSessions: true,
      endsOwnSession: true,
      events: [
        { kind: 'rekeyed', keyVersion: version, ...takenIn, ...detail },
        ...escrowEvents.map((kind) => ({ kind })),
      ],
    };
  }
}
