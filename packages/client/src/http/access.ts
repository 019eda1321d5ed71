import type { RefreshRequestJson, TokensJson } from '@sealpost/protocol';
import { ClientError, isApiError, noSession, sessionKeyLost } from '../errors.js';
import { tokensAnswer } from './answers-account.js';
import { proverOf, type Prover, type SessionKey } from './session-proof.js';
import type { EventStream, LineStream } from './streams.js';
import type { ApiRequest, Authorisation, StreamRequest, Transport } from './transport.js';

/** Where the session's tokens are kept. */
export interface TokenStore {
  readTokens(): Promise<TokensJson | null>;
  writeTokens(tokens: TokensJson): Promise<void>;
  /** The key that the session is bound to; null where it is bound to none. Absent: no session of this store is bound. */
  sessionKey?(): Promise<SessionKey | null>;
}

/** Whether the access token alone does for a request, as the service has it by default. */
type ProofNeed = 'proof' | 'token';

/** An access token is renewed so long before it expires, but not before this share of what is left of its life. */
const RENEW_AHEAD_MS = 60_000;
const RENEW_AHEAD_SHARE = 0.8;

/** Authorised requests: carries the access token, and renews it when the server says that it has expired. */
export class Access {
  #tokens: TokensJson | null = null;
  /** undefined: not asked for yet. */
  #prover: Promise<Prover | undefined> | undefined;
  /** The service wants a proof with every request. */
  #proveEverything = false;
  /** What a later process would begin with: older than the tokens as long as these could not be written. */
  #kept: TokensJson | null = null;
  /** The time of performance.now() from which the token is renewed. */
  #renewAt = Number.POSITIVE_INFINITY;
  #renewal: Promise<TokensJson> | null = null;

  constructor(
    private readonly transport: Transport,
    private readonly store: TokenStore,
    /** Asked before every request, e.g. whether the server is known to be the one that may be shown a token. */
    private readonly prepare: () => Promise<unknown> = () => Promise.resolve(),
  ) {}

  /** With a proof of the session's key, unless it reads or `bearerSuffices`. */
  request<T>(
    request: Omit<ApiRequest<T>, 'accessToken' | 'prove'>,
    { bearerSuffices = request.method === 'GET' }: { readonly bearerSuffices?: boolean } = {},
  ): Promise<T> {
    const need = bearerSuffices ? 'token' : 'proof';
    return this.#authorised(need, (authorisation) => this.transport.request({ ...request, ...authorisation }));
  }

  /** One attempt, as Transport.open(). */
  open(request: Omit<StreamRequest, 'accessToken' | 'prove'>): Promise<EventStream> {
    return this.#authorised('token', (authorisation) => this.transport.open({ ...request, ...authorisation }));
  }

  /** Opens an answer of JSON Lines, with a proof of the session's key: exports are worth one. */
  openLines(request: Omit<StreamRequest, 'accessToken' | 'prove'>): Promise<LineStream> {
    return this.#authorised('proof', (authorisation) => this.transport.openLines({ ...request, ...authorisation }));
  }

  /** The headers of one request that another tool makes, with a proof where the session is bound to a key. */
  headersFor(method: string, urlOrPath: string): Promise<Record<string, string>> {
    return this.#authorised('proof', (authorisation) => this.transport.headersFor(method, urlOrPath, authorisation));
  }

  /** The policy by which this connection repeats what failed. */
  get repeating(): Pick<Transport, 'delayAfter' | 'delayAfterFailure' | 'retryPolicy'> {
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
    this.#prover = undefined;
    this.#kept = null;
  }

  /** The access token as it is now; it may have expired. */
  async accessToken(): Promise<string> {
    return (await this.#current()).accessToken;
  }

  async #authorised<T>(need: ProofNeed, work: (authorisation: Authorisation) => Promise<T>): Promise<T> {
    await this.prepare();
    const tokens = await this.#current();
    try {
      return await this.#proven(need, tokens, work);
    } catch (error) {
      if (!isApiError(error, 'auth.token-expired', 'auth.unauthenticated')) throw error;
      // A refused request was not carried out, so that repeating it is harmless.
      return await this.#proven(need, await this.#renew(tokens.accessToken), work);
    }
  }

  /** Where the service asks for a proof that it does not ask for by default, it asks for proofs everywhere. */
  async #proven<T>(
    need: ProofNeed,
    { accessToken }: TokensJson,
    work: (authorisation: Authorisation) => Promise<T>,
  ): Promise<T> {
    const provesAtOnce = need === 'proof' || this.#proveEverything;
    const prove = provesAtOnce ? await this.#currentProver() : undefined;
    try {
      return await work({ accessToken, prove });
    } catch (error) {
      if (!isApiError(error, 'auth.dpop-required') || prove !== undefined) throw error;
      const late = await this.#currentProver();
      if (late === undefined) throw sessionKeyLost(error);
      this.#proveEverything = true;
      return await work({ accessToken, prove: late });
    }
  }

  /** undefined where the session is bound to no key. */
  #currentProver(): Promise<Prover | undefined> {
    this.#prover ??= this.#readProver().catch((error: unknown) => {
      this.#prover = undefined;
      throw error;
    });
    return this.#prover;
  }

  async #readProver(): Promise<Prover | undefined> {
    const key = (await this.store.sessionKey?.()) ?? null;
    return key === null ? undefined : proverOf(key);
  }

  async #current(): Promise<TokensJson> {
    if (this.#tokens !== null) return this.#tokens;
    const tokens = await this.store.readTokens();
    if (tokens === null) throw noSession();
    this.#kept = tokens;
    this.#use(tokens);
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
    // The one that a later process would begin with: while the disk is full, it stays the last whose successor was used.
    const { refreshToken } = this.#kept ?? current;
    const body: RefreshRequestJson = { refreshToken };
    const renewed = await this.transport.request({
      method: 'POST',
      path: 'v1/auth/refresh',
      body,
      answer: tokensAnswer,
      prove: await this.#currentProver(),
      // The server accepts the last token again until its successor was used, for clients that lost the answer.
      repeatable: true,
    });
    this.#use(renewed);
    await this.#keep(renewed);
    return renewed;
  }

  /** The server has renewed them: that the disk is full must not take them away from this process. */
  async #keep(tokens: TokensJson): Promise<void> {
    try {
      await this.store.writeTokens(tokens);
      this.#kept = tokens;
    } catch (error) {
      if (!(error instanceof ClientError) || error.code !== 'storage.failed') throw error;
    }
  }

  #use(tokens: TokensJson): void {
    this.#tokens = tokens;
    const left = tokens.accessTokenExpiresAt - Date.now();
    // Where this clock is ahead of the server's, every token looks expired: then the server says when one is.
    const usable = left > 0 ? Math.max(left - RENEW_AHEAD_MS, left * RENEW_AHEAD_SHARE) : Number.POSITIVE_INFINITY;
    this.#renewAt = performance.now() + usable;
  }
}
