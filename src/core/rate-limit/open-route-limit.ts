import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { Clock } from '../clock.js';
import { Settings } from '../config/index.js';
import { isOpenRoute } from '../http/index.js';
import { addressKey } from './client-address.js';
import { ArrivalTimes, type Gcra, gcraOf } from './gcra.js';
import { RateLimitRefusals } from './rate-limiter.js';

const CAPACITY = 20_000;
const ONE = { least: 1, most: 1 } as const;

/**
 * Counts requests of documents that anybody may read, per client address, in this process: a statement each would cost
 * more than the answers do. The last 20,000 addresses are remembered.
 */
@Injectable()
export class OpenRouteLimit {
  readonly #gcra: Gcra;
  readonly #arrivals: ArrivalTimes;

  constructor(
    settings: Settings,
    clock: Clock,
    private readonly refusals: RateLimitRefusals,
  ) {
    this.#gcra = gcraOf(settings.rateOpenPerAddress);
    this.#arrivals = new ArrivalTimes(clock, CAPACITY);
  }

  /** Looks at every request before anything else is done with it. */
  guard(instance: Pick<FastifyInstance, 'addHook'>): void {
    instance.addHook('onRequest', (request, _reply, done) => {
      const verdict = isOpenRoute(request) ? this.#arrivals.take(addressKey(request.ip), this.#gcra, ONE) : null;
      if (verdict === null || verdict.allowed) done();
      else done(this.refusals.refuse('rateOpenPerAddress', verdict.retryAfterSeconds));
    });
  }
}
