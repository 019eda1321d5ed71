import type { SessionJson } from '@sealpost/protocol';
import type { UserApi } from './http/user-api.js';
import type { CallOptions } from './http/call-options.js';

/** One log-in of the user, on whatever device. */
export type Session = SessionJson;

/** Where the user is logged in. */
export class Sessions {
  constructor(private readonly api: UserApi) {}

  async list(call: CallOptions = {}): Promise<readonly Session[]> {
    return (await this.api.sessions(call)).items;
  }

  /** Ends a session, e.g. of a lost device. What that device has read or kept, it keeps. */
  revoke(id: string, call: CallOptions = {}): Promise<void> {
    return this.api.endSession(id, call);
  }

  /**
   * An access token that the server has just accepted, for calling the REST API with other tools. It opens no message;
   * whoever has it can act towards the server as this session until it expires (15 minutes by default).
   */
  async accessToken(call: CallOptions = {}): Promise<string> {
    // A request of one's own renews a token that has expired.
    await this.list(call);
    return this.api.access.accessToken();
  }

  /**
   * The headers `authorization` and, as this session is bound to a key, `dpop` for one request that another tool makes: fetch,
   * curl. Good for this method and address only (whatever its query), once, and for about two minutes; ask anew for the next one.
   * @param url whole, or a path of the API as `/v1/state`
   * @throws ClientError `client.origin-refused` where it is not an address of this client's service
   */
  async authorization(method: string, url: string, call: CallOptions = {}): Promise<Readonly<Record<string, string>>> {
    // The server has just accepted the token, and given a nonce, when this comes back.
    await this.api.sessions(call, true);
    return this.api.access.headersFor(method.toUpperCase(), url);
  }
}
