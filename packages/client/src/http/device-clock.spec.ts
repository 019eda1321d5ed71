import { describe, expect, it } from '@jest/globals';
import { DeviceClockWrong, NetworkError } from '../errors.js';
import { problem, type ScriptedAnswer } from './testing/scripted-server.js';
import { FAST, scripted } from './testing/scripted-transport.js';
import type { ApiRequest } from './transport.js';

const read = { method: 'GET', path: 'v1/thing', repeatable: true } as const satisfies ApiRequest<void>;
const write = { ...read, method: 'POST', body: { a: 1 }, repeatable: false } as const;

describe('The clock of this device', () => {
  const wrongClock = (date: number): ScriptedAnswer => {
    const { body, ...refusal } = problem(422, 'keys.statement-refused', { date: new Date(date).toUTCString() });
    return { ...refusal, body: { ...(body as object), reason: 'wrong-clock' } };
  };

  it('the clock of this device is not measured by a Date that no clock has', async () => {
    const [, transport] = await scripted(() => wrongClock(8_640_000_000_000_000));
    await expect(transport.request(write)).rejects.not.toBeInstanceOf(DeviceClockWrong);
    expect(transport.clock.differenceMs).toBeNull();
  });

  it.each([
    ['ahead', 3 * 3600_000 + 5 * 60_000, 'The clock of this device is 3 h 5 min ahead of the server’s.'],
    ['behind', -2 * 24 * 3600_000, 'The clock of this device is 2 d behind the server’s.'],
  ])(
    'the clock of this device is what a refusal for its time speaks of, and by how much: %s',
    async (_what, offset, text) => {
      const now = (): number => Date.now() + offset;
      const [, transport] = await scripted(() => wrongClock(Date.now()), { ...FAST, now });
      const error: unknown = await transport.request(write).catch((refusal: unknown) => refusal);
      expect(error).toBeInstanceOf(DeviceClockWrong);
      expect(error).toMatchObject({ code: 'keys.statement-refused', message: expect.stringContaining(text) });
      expect(Math.abs((transport.clock.differenceMs ?? 0) - offset)).toBeLessThan(60_000);
    },
  );

  it('the clock of this device is not blamed where it agrees with the server, nor where the refusal is about something else', async () => {
    const [, transport] = await scripted(() => wrongClock(Date.now()));
    await expect(transport.request(write)).rejects.not.toBeInstanceOf(DeviceClockWrong);
    expect(transport.clock.differenceMs).toBe(0);
    const other = problem(422, 'keys.statement-refused', { date: new Date(0).toUTCString() });
    const [, another] = await scripted(() => other);
    await expect(another.request(write)).rejects.not.toBeInstanceOf(DeviceClockWrong);
  });

  it('the clock of this device is not held against the time of somebody in between', async () => {
    const foreign = { foreign: true, headers: { date: new Date(0).toUTCString() } };
    const [, transport] = await scripted(() => foreign, { retry: { attempts: 1 } });
    await expect(transport.request(read)).rejects.toBeInstanceOf(NetworkError);
    expect(transport.clock.differenceMs).toBeNull();
  });
});
