import { MemoryRateLimiter } from './memory-rate-limiter.js';
import { describeRateLimiter } from './rate-limiter-contract.js';
import { SetClock } from './set-clock.js';

describeRateLimiter('the memory', async () => {
  const clock = new SetClock();
  return { limiter: new MemoryRateLimiter(clock), passSeconds: async (seconds) => clock.passSeconds(seconds) };
});
