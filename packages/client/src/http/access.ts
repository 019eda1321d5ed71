import type { RefreshRequestJson, TokensJson } from '@sealpost/protocol';
import { ClientError, isApiError } from '../errors.js';
import { tokensAnswer } from './answers.js';
import type { EventStream } from './event-stream.js';
import type { LineStream } from './line-stream.js';
import type { ApiRequest, StreamRequest, Transport } from './transport.js';

/** Where the session's tokens are kept. New ones are kept before they are used. */
export interface TokenStore {
  readTokens(): Promise<TokensJson | null>;
  writeTokens(tokens: TokensJson): Promise<void>;
}

/** An access token is renewed so long before it expires, but not before this share of what is left of its life. */
const RENEW_AHEAD_MS = 60_000;
const RENEW_AHEAD_SHARE = 0.8;

/** Authorised requests: carries the access token, and renews it when the server says that it has expired. */
export class Access {
  #tokens: TokensJson | null = null;
  /** As performance.now() tells the time. */
  #renewAt = Number.POSITIVE_INFINITY;
  #renewal: Promise<TokensJson> | null = null;
  #prepared: Promise<unknown> | null = null;

  constructor(
    private readonly transport: Transport,
    private readonly store: TokenStore,
    /** Done once before the first request, e.g. to ask the server who it is before it is shown a token. */
    private readonly prepare: () => Promise<unknown> = () => Promise.resolve(),
  ) {}

  request<T>(request: Omit<ApiRequest<T>, 'accessToken'>): Promise<T> {
    return this.#authorised((accessToken) => this.transport.request({ ...request, accessToken }));
  }

  /** One attempt, as Transport.open(). */
  open(request: Omit<StreamRequest, 'accessToken'>): Promise<EventStream> {
    return this.#authorised((accessToken) => this.transport.open({ ...request, accessToken }));
  }

  /** The same for JSON Lines. */
  openLines(request: Omit<StreamRequest, 'accessToken'>): Promise<LineStream> {
    return this.#authorised((accessToken) => this.transport.openLines({ ...request, accessToken }));
  }

  /** The policy by which this connection repeats what failed. */
  get repeating(): Pick<Transport, 'delayAfter' | 'retryPolicy'> {
    return this.transport;
  }

  /**
   * Milliseconds until the access token should be renewed so that it does not expire in use; Infinity where the clocks
   * do not tell.
   */
  async renewalDueIn(): Promise<number> {
    await this.#current();
    return this.#renewAt - performance.now();
  }

  /** Renews an access token, unless that has happened already. */
  async renew(accessToken: string): Promise<void> {
    await this.#renew(accessToken);
  }

  /** Looks at the store again: the session is another one. */
  forgetTokens(): void {
    this.#tokens = null;
  }

  /** The access token as it is now; it may have expired. */
  async accessToken(): Promise<string> {
    return (await this.#current()).accessToken;
  }

  async #authorised<T>(work: (accessToken: string) => Promise<T>): Promise<T> {
    await this.#prepareOnce();
    const tokens = await this.#current();
    try {
      return await work(tokens.accessToken);
    } catch (error) {
      if (!isApiError(error, 'auth.token-expired', 'auth.unauthenticated')) throw error;
      // A refused request was not carried out, so that repeating it is harmless.
      return await work((await this.#renew(tokens.accessToken)).accessToken);
    }
  }

  async #prepareOnce(): Promise<void> {
    this.#prepared ??= this.prepare();
    try {
      await this.#prepared;
    } catch (error) {
      this.#prepared = null;
      throw error;
    }
  }

  async #current(): Promise<TokensJson> {
    const tokens = this.#tokens ?? (await this.store.readTokens());
    if (tokens === null) throw new ClientError('client.no-account', 'There is no session: log in first');
    if (this.#tokens === null) this.#use(tokens);
    return tokens;
  }

  /** However many requests find their token expired at once, one renewal serves them all. */
  async #renew(expired: string): Promise<TokensJson> {
    const current = await this.#current();
    if (current.accessToken !== expired) return current;
    this.#renewal ??= this.#refresh(current).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #refresh(current: TokensJson): Promise<TokensJson> {
    const body: RefreshRequestJson = { refreshToken: current.refreshToken };
    const renewed = await this.transport.request({
      method: 'POST',
      path: 'v1/auth/refresh',
      body,
      answer: tokensAnswer,
      // The server accepts the last token again for 30 seconds, for clients that lost the answer (docs/sdk.md).
      repeatable: true,
    });
    await this.store.writeTokens(renewed);
    this.#use(renewed);
    return renewed;
  }

  #use(tokens: TokensJson): void {
    this.#tokens = tokens;
    const left = tokens.accessTokenExpiresAt - Date.now();
    // Where this clock is ahead of the server's, every token looks expired: then the server says when one is.
    const usable = left > 0 ? Math.max(left - RENEW_AHEAD_MS, left * RENEW_AHEAD_SHARE) : Number.POSITIVE_INFINITY;
    this.#renewAt = performance.now() + usable;
  }
}
