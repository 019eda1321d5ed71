import { newestOf } from '../trust/chain.js';
import type { RestoredAccountWarning } from '../errors.js';
import { abortable, type CallOptions } from '../http/call-options.js';
import { keyVersionOf, type KeyVersion, type OwnKeys, type RotateOptions } from './own-keys.js';
import type { KeyPolicy, RotationDuty } from './rotation-duty.js';

/** The user's own keys. */
export class Keys {
  constructor(
    private readonly own: OwnKeys,
    private readonly duty: RotationDuty,
    /** Notices where another device has changed the loginId. */
    private readonly refreshLoginId: () => Promise<unknown>,
  ) {}

  /** All versions, oldest first, as the server has them now; every one of them can still be read with. */
  async list(call: CallOptions = {}): Promise<readonly KeyVersion[]> {
    return (await abortable(call, () => this.own.refresh())).chain.statements.map(keyVersionOf);
  }

  /** The newest version that this client knows. */
  async current(call: CallOptions = {}): Promise<KeyVersion> {
    return keyVersionOf(newestOf((await abortable(call, () => this.own.opened())).chain));
  }

  /**
   * Replaces all keys by new ones, signed with the old ones. Messages to the old ones stay readable. Call it again after
   * a failure: the rotation that was begun is then finished.
   */
  rotate(options: RotateOptions = {}): Promise<KeyVersion> {
    return abortable(options, async (call) => {
      // A new root is signed together with the loginId, which another device may have changed.
      if (options.earlierKeysCompromised === true) await this.refreshLoginId();
      return keyVersionOf(await this.own.rotate({ ...options, ...call }));
    });
  }

  /**
   * Goes on with a server that was restored from a backup, after the user was asked. The key versions that this client has
   * and the server lost are published again, just as they were, so that no contact notices; where that cannot be done, they
   * are given up, and contacts who have seen them get a warning.
   * @returns `republished`, or `given-up`: replace the keys with `rotate()` then
   * @throws RestoredAccountWarning where it is another one by now
   */
  async acceptRestored(warning: RestoredAccountWarning, call: CallOptions = {}): Promise<'republished' | 'given-up'> {
    return (await abortable(call, () => this.own.acceptRestored(warning))) ? 'republished' : 'given-up';
  }

  /** How old keys may be, as the service says, and when the present ones are too old. Nothing is said in `{}`. */
  policy(call: CallOptions = {}): Promise<KeyPolicy> {
    return abortable(call, () => this.duty.policy());
  }

  /**
   * Rotates where four fifths of the time that the service allows are over, and another device has not done it. Programs
   * that leave `keyRotation` at `manual` call it now and then.
   * @returns the newest version then, or null where it is not time yet
   */
  async rotateWhenDue(call: CallOptions = {}): Promise<KeyVersion | null> {
    const made = await abortable(call, (inner) => this.duty.rotateWhenDue(inner));
    return made === null ? null : keyVersionOf(made);
  }
}
