import { Global, Module } from '@nestjs/common';
import { Clock } from '../clock.js';
import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { RateLimiter } from './rate-limiter.js';

@Global()
@Module({
  providers: [{ provide: RateLimiter, useFactory: (clock: Clock) => new MemoryRateLimiter(clock), inject: [Clock] }],
  exports: [RateLimiter],
})
export class RateLimitModule {}
