import type { SessionJson } from '@sealpost/protocol';
import type { UserApi } from './http/api.js';

/** One log-in of the user, on whatever device. */
export type Session = SessionJson;

/** Where the user is logged in. */
export class Sessions {
  constructor(private readonly api: UserApi) {}

  async list(): Promise<readonly Session[]> {
    return (await this.api.sessions()).sessions;
  }

  /** Ends a session, e.g. of a lost device. What that device has read or kept, it keeps. */
  revoke(id: string): Promise<void> {
    return this.api.endSession(id);
  }
}
