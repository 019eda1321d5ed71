import type { RefreshRequestJson, TokensJson } from '@sealpost/protocol';
import { ClientError, isApiError } from '../errors.js';
import { tokensAnswer } from './answers.js';
import type { ApiRequest, Transport } from './transport.js';

/** Where the session's tokens are kept. New ones are kept before they are used. */
export interface TokenStore {
  readTokens(): Promise<TokensJson | null>;
  writeTokens(tokens: TokensJson): Promise<void>;
}

/** Authorised requests: carries the access token, and renews it when the server says that it has expired. */
export class Access {
  #tokens: TokensJson | null = null;
  #renewal: Promise<TokensJson> | null = null;
  #prepared: Promise<unknown> | null = null;

  constructor(
    private readonly transport: Transport,
    private readonly store: TokenStore,
    /** Done once before the first request, e.g. to ask the server who it is before it is shown a token. */
    private readonly prepare: () => Promise<unknown> = () => Promise.resolve(),
  ) {}

  async request<T>(request: Omit<ApiRequest<T>, 'accessToken'>): Promise<T> {
    await this.#prepareOnce();
    const tokens = await this.#current();
    try {
      return await this.transport.request({ ...request, accessToken: tokens.accessToken });
    } catch (error) {
      if (!isApiError(error, 'auth.token-expired', 'auth.unauthenticated')) throw error;
      // A refused request was not carried out, so that repeating it is harmless.
      const renewed = await this.#renew(tokens);
      return await this.transport.request({ ...request, accessToken: renewed.accessToken });
    }
  }

  /** The access token as it is now; it may have expired. */
  async accessToken(): Promise<string> {
    return (await this.#current()).accessToken;
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
    this.#tokens ??= await this.store.readTokens();
    if (this.#tokens === null) throw new ClientError('client.no-account', 'There is no session: log in first');
    return this.#tokens;
  }

  /** However many requests find their token expired at once, one renewal serves them all. */
  async #renew(expired: TokensJson): Promise<TokensJson> {
    const current = await this.#current();
    if (current.accessToken !== expired.accessToken) return current;
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
    this.#tokens = renewed;
    return renewed;
  }
}
