import { describe, expect, it } from '@jest/globals';
import type { ServiceJson, VerifiedStatement } from '@sealpost/protocol';
import { ApiError, NetworkError } from '../errors.js';
import type { OpenedVault } from './vault-box.js';
import { RotationDuty, type KeyRotation } from './rotation-duty.js';

const DAY_MS = 86_400_000;
const REFUSAL = new ApiError(409, {
  type: '/problems/keys.rotation-due',
  title: 'too old',
  status: 409,
  detail: 'too old',
  instance: 'urn:x',
  code: 'keys.rotation-due',
});

/** Keys of a user whose device has a clock that the test moves. */
class FakeKeys {
  now = 1_800_000_000_000;
  rotations = 0;
  failure: Error | null = null;
  #newest = { version: 1, createdAt: this.now } as VerifiedStatement;

  opened(): Promise<OpenedVault> {
    return Promise.resolve({ chain: { statements: [this.#newest] } } as unknown as OpenedVault);
  }

  rotate(_options: object, isFresh?: (newest: VerifiedStatement) => boolean): Promise<VerifiedStatement> {
    this.rotations++;
    if (this.failure !== null) return Promise.reject(this.failure);
    if (isFresh?.(this.#newest) !== true) {
      this.#newest = { ...this.#newest, version: this.#newest.version + 1, createdAt: this.now };
    }
    return Promise.resolve(this.#newest);
  }

  duty(keysMaxAgeSeconds: number | undefined, keyRotation: KeyRotation = 'automatic'): RotationDuty {
    const answer = (): Promise<ServiceJson> => Promise.resolve({ keysMaxAgeSeconds } as unknown as ServiceJson);
    return new RotationDuty(this, {
      keyRotation,
      service: { known: answer, refresh: answer },
      now: () => this.now,
    });
  }
}

describe('Keys of a limited age', () => {
  it('keys of a limited age are replaced after four fifths of their time, and once only', async () => {
    const keys = new FakeKeys();
    const duty = keys.duty(10 * 86_400);
    keys.now += 8 * DAY_MS - 1;
    await duty.renewAhead();
    expect(keys.rotations).toBe(0);
    keys.now += 1;
    await duty.renewAhead();
    await duty.renewAhead();
    expect(keys.rotations).toBe(1);
  });

  it('keys of a limited age are left alone where the application rotates itself, or the service does not mind', async () => {
    const keys = new FakeKeys();
    keys.now += 1000 * DAY_MS;
    await keys.duty(86_400, 'manual').renewAhead();
    await keys.duty(undefined).renewAhead();
    expect(await keys.duty(undefined).rotateWhenDue()).toBeNull();
    expect(await keys.duty(undefined).policy()).toEqual({});
    expect(keys.rotations).toBe(0);
    expect(await keys.duty(86_400, 'manual').rotateWhenDue()).toMatchObject({ version: 2 });
  });

  it('keys of a limited age serve for the time being where they cannot be replaced, without an attempt for each message', async () => {
    const keys = new FakeKeys();
    const duty = keys.duty(86_400);
    keys.now += DAY_MS;
    keys.failure = new NetworkError('client.network', 'away');
    await duty.renewAhead();
    await duty.renewAhead();
    expect(keys.rotations).toBe(1);
    keys.now += 60_000;
    keys.failure = null;
    await duty.renewAhead();
    expect(keys.rotations).toBe(2);
    await expect(duty.policy()).resolves.toEqual({ maxAgeMs: DAY_MS, dueAt: keys.now + DAY_MS });
  });

  it('the replacement of keys of a limited age hides no error of the program', async () => {
    const keys = new FakeKeys();
    keys.now += 2 * DAY_MS;
    keys.failure = new TypeError('a mistake');
    await expect(keys.duty(86_400).renewAhead()).rejects.toThrow('a mistake');
  });

  it('keys of a limited age are replaced on demand, once for all messages that were refused, and never without end', async () => {
    const keys = new FakeKeys();
    const duty = keys.duty(86_400);
    await duty.fulfil(1, REFUSAL);
    await duty.fulfil(1, REFUSAL);
    expect(keys.rotations).toBe(1);
    await expect(duty.fulfil(2, REFUSAL)).rejects.toBe(REFUSAL);
    keys.now += 60_000;
    await duty.fulfil(2, REFUSAL);
    expect(keys.rotations).toBe(2);
    await expect(keys.duty(86_400, 'manual').fulfil(3, REFUSAL)).rejects.toBe(REFUSAL);
  });

  it('keys of a limited age are not replaced faster because a server names an age that none may name', async () => {
    const keys = new FakeKeys();
    const duty = keys.duty(1);
    keys.now += 30 * 60_000;
    await duty.renewAhead();
    expect(keys.rotations).toBe(0);
  });
});
