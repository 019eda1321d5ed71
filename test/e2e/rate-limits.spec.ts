import type { ProblemJson } from '@sealpost/protocol';
import { describe, expect, it } from '@jest/globals';
import { call, startServer } from '../support/index.js';
import type { TestServer } from '../support/index.js';

const THREE_AN_HOUR = '3/3600';

/** Asks for a challenge, which anybody may, through proxies that name these addresses. */
function askForChallenge(server: TestServer, loginId: string, forwardedFor?: string) {
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  return call<ProblemJson>(server, 'POST', '/v1/auth/challenge', { body: { loginId }, headers });
}

async function statuses(count: number, ask: (index: number) => Promise<{ status: number }>): Promise<number[]> {
  const found: number[] = [];
  for (let index = 0; index < count; index++) found.push((await ask(index)).status);
  return found;
}

describe('a limit per address', () => {
  it('a limit per address answers 429 and when to come back, whatever the loginId', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_CHALLENGE_PER_ADDRESS: THREE_AN_HOUR } });
    const allowed = await statuses(3, (index) => askForChallenge(server, `user-${index}`));
    expect(allowed).toEqual([200, 200, 200]);
    const refused = await askForChallenge(server, 'user-3');
    expect([refused.status, refused.body.code]).toEqual([429, 'request.rate-limited']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(1100);
    expect(seconds).toBeLessThanOrEqual(1200);
  });

  it('a limit per address does not believe X-Forwarded-For of a stranger', async () => {
    const server = await startServer({ env: { SEALPOST_RATE_CHALLENGE_PER_ADDRESS: THREE_AN_HOUR } });
    const found = await statuses(4, (index) => askForChallenge(server, `user-${index}`, `192.0.2.${index}`));
    expect(found).toEqual([200, 200, 200, 429]);
  });

  it('a limit per address believes X-Forwarded-For of a trusted proxy, and counts an IPv6 network as one', async () => {
    const env = { SEALPOST_RATE_CHALLENGE_PER_ADDRESS: THREE_AN_HOUR, SEALPOST_TRUSTED_PROXIES: '127.0.0.1' };
    const server = await startServer({ env });
    const apart = await statuses(5, (index) => askForChallenge(server, `user-${index}`, `192.0.2.${index}`));
    expect(apart).toEqual([200, 200, 200, 200, 200]);
    const together = await statuses(4, (index) => askForChallenge(server, `user-${index}`, `2001:db8::${index}`));
    expect(together).toEqual([200, 200, 200, 429]);
    // What a client puts in front of the proxy's own entry is not believed.
    const forged = await askForChallenge(server, 'user-9', '198.51.100.1, 2001:db8::9');
    expect(forged.status).toBe(429);
  });
});

describe('a limit per account', () => {
  it('a limit per account counts the same for a loginId that exists and for one that does not', async () => {
    const env = { SEALPOST_RATE_CHALLENGE_PER_ACCOUNT: THREE_AN_HOUR };
    const server = await startServer({ env });
    expect(await statuses(4, () => askForChallenge(server, 'nobody'))).toEqual([200, 200, 200, 429]);
    expect((await askForChallenge(server, 'somebody-else')).status).toBe(200);
  });
});
