import { encodeAddEscrowFields, encodeBase64Url } from '@sealpost/protocol';
import { authPayloadHash, proveAction } from '../crypto/auth-proof.js';
import { sealEscrow } from '../crypto/escrow.js';
import { wipe } from '../crypto/wipe.js';
import { withFreshChallenge } from './attempts.js';
import { fetchChallenge } from './challenge.js';
import { startChange, type ChangeStart } from './change-start.js';
import type { Environment } from './environment.js';
import { escrowNote, trustedEscrow } from './escrow-choice.js';
import { checkService } from './service-check.js';
import type { VaultKeyParts } from './vault-key-changes.js';

/** Gives the present vault key to the holder of an escrow key, proven by the present password. */
export class EscrowJoining {
  constructor(
    private readonly environment: Environment,
    private readonly parts: Pick<VaultKeyParts, 'accountApi' | 'own' | 'escrowNotes' | 'share'>,
  ) {}

  /** @param expected the escrow key's fingerprint, as the application knows it */
  async join(password: string, expected: string): Promise<void> {
    const service = await checkService(this.environment.api, this.environment.address);
    const trusted = trustedEscrow(service, expected);
    const start = await startChange(this.environment, this.parts.own, password);
    try {
      const { record, account, vaultKey } = start;
      const { serviceId, userId } = record;
      const unlock = sealEscrow(trusted.publicKey, { serviceId, userId }, vaultKey);
      await this.parts.escrowNotes.keep(vaultKey, escrowNote(account, trusted, 'sent'));
      await this.#submit(start, { fingerprint: trusted.fingerprint, unlock });
      await this.parts.escrowNotes.keep(vaultKey, escrowNote(account, trusted, 'joined'));
      // Until the user's other clients know it, the server can hide it from them.
      await this.parts.share();
    } finally {
      start.proof.wipe();
      wipe(start.vaultKey);
    }
  }

  async #submit(
    { record, account, proof }: ChangeStart,
    wrap: { readonly fingerprint: Uint8Array; readonly unlock: Uint8Array },
  ): Promise<void> {
    const { serviceId, userId } = record;
    const { loginId, credentialVersion } = account;
    const { fingerprint, unlock: escrowUnlock } = wrap;
    const escrow = { fingerprint: encodeBase64Url(fingerprint), unlock: encodeBase64Url(escrowUnlock) };
    const fields = encodeAddEscrowFields({ userId, credentialVersion, fingerprint, escrowUnlock });
    const payloadHash = authPayloadHash('add-escrow', fields);
    await withFreshChallenge(async (inDoubt) => {
      if (inDoubt && (await this.#hasEscrow(escrow.fingerprint, credentialVersion))) return;
      const offered = await fetchChallenge(this.environment.api, loginId, record.suite);
      const context = { serviceId, loginId, challenge: offered.challenge };
      const signature = proveAction('add-escrow', context, payloadHash, proof.keysFor(offered).authSeed);
      await this.parts.accountApi.addEscrow({
        loginId,
        credentialVersion,
        escrow,
        challenge: encodeBase64Url(offered.challenge),
        proof: encodeBase64Url(signature),
      });
    });
  }

  /** Whether a try whose answer was lost was carried out. */
  async #hasEscrow(fingerprint: string, before: number): Promise<boolean> {
    const account = await this.parts.accountApi.account();
    return account.credentialVersion > before && account.escrow?.fingerprint === fingerprint;
  }
}
