/** One person or machine that can log in: public keys and wrapped secrets only. */
export interface Account {
  readonly userId: string;
  /** Password suite number (protocol section 2). */
  readonly suite: number;
  readonly salt: Uint8Array;
  readonly authPublicKey: Uint8Array;
  readonly recoveryAuthPublicKey: Uint8Array;
  readonly passwordUnlock: Uint8Array;
  readonly recoveryUnlock: Uint8Array;
  /** Counts changes of credentials, from 1. */
  readonly credentialVersion: number;
  readonly createdAt: number;
  readonly disabledAt: number | null;
}

/** What of an account's credentials changes. */
export type NewCredentials = Partial<
  Pick<Account, 'suite' | 'salt' | 'authPublicKey' | 'passwordUnlock' | 'recoveryAuthPublicKey' | 'recoveryUnlock'>
>;
