import { Injectable } from '@nestjs/common';
import type { AccountEventKind } from '@sealpost/protocol';
import type { Actor } from '../../../core/accounts/index.js';
import type { Transaction } from '../../../core/database/index.js';
import { KeyRegistry } from '../../keys/index.js';
import { checkCredentialForm } from '../proofs/auth-proofs.service.js';
import { proofRefused } from '../shared/auth.errors.js';
import { checkNewLoginId, CredentialChanges, passwordChangeOf } from './credential-changes.service.js';
import type { CredentialReplacement, NewPassword } from './credential-changes.service.js';

/** New passwords and loginIds: with the old password, or with the recovery key. Keys and messages stay as they are. */
@Injectable()
export class PasswordService {
  constructor(
    private readonly changes: CredentialChanges,
    private readonly keys: KeyRegistry,
  ) {}

  /**
   * Action `change-password`. The session of the actor stays open, all others end.
   * @returns the new credentialVersion
   */
  async change(userId: string, request: NewPassword, actor: Actor): Promise<number> {
    checkCredentialForm(request);
    checkNewLoginId(request);
    const change = passwordChangeOf('change-password', userId, request);
    const events = request.newLoginId === undefined ? (['password-changed'] as const) : (['login-id-changed'] as const);
    return this.changes.replaceAsOwner(change, (tx) => this.replace(tx, userId, request, { actor, events }));
  }

  /**
   * Action `recover`. All sessions end.
   * @returns the new credentialVersion
   */
  async recover(userId: string, request: NewPassword, actor: Actor, deviceToken?: string): Promise<number> {
    checkCredentialForm(request);
    checkNewLoginId(request);
    const change = passwordChangeOf('recover', userId, request);
    const account = await this.changes.requireRecoveryKey(change, deviceToken);
    if (account.userId !== userId) throw proofRefused('proof');
    const moved = request.newLoginId === undefined ? [] : (['login-id-changed'] as const);
    const events = ['recovered', ...moved] as const;
    return this.changes.replace(change, (tx) => this.replace(tx, userId, request, { actor, events }));
  }

  private async replace(
    tx: Transaction,
    userId: string,
    request: NewPassword,
    { actor, events }: { readonly actor: Actor; readonly events: readonly AccountEventKind[] },
  ): Promise<CredentialReplacement> {
    const { newLoginId, handleSignature, suite, salt, authPublicKey, passwordUnlock } = request;
    if (newLoginId !== undefined && handleSignature !== undefined) {
      await this.keys.rebind(tx, { userId, loginId: newLoginId, handleSignature });
    }
    return {
      credentials: { suite, salt, authPublicKey, passwordUnlock },
      actor,
      endsOtherSessions: true,
      events: events.map((kind) => ({ kind })),
    };
  }
}
