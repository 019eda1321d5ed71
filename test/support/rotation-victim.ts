import { beforeAll, beforeEach, expect } from '@jest/globals';
import type { KeyStatement, RotateRequestJson } from '@sealpost/protocol';
import { type Answer, call, registerUser, type TestUser } from './api.js';
import { rotateRequest, type TestIdentity } from './identity.js';
import { type KeysProblemJson, keysSnapshot, rotateKeys } from './keys-api.js';
import { startServer, type TestServer } from './server.js';

/** A user with two key versions, whose access token an attacker has. The keys are only with the user's own client. */
export interface RotationVictim {
  readonly server: TestServer;
  readonly user: TestUser;
  readonly identity: TestIdentity;
  /** Sends a rotation with the victim's access token, or somebody else's. */
  rotate(body: unknown, user?: TestUser): ReturnType<typeof rotateKeys>;
  /** A rotation whose statement says something else than it should, signed by both keys all the same. */
  forged(statement: Partial<KeyStatement>): RotateRequestJson;
  /** Expects that a rotation was refused for this reason at this pointer, and that nothing has changed. */
  expectRefusal(answer: Answer<KeysProblemJson>, pointer: string, details: Partial<KeysProblemJson>): Promise<void>;
  expectUnchanged(): Promise<void>;
  /** Takes what is there now for what must not change. */
  look(): Promise<void>;
}

/** Makes the victim for a test file. Its members are there once the tests run. */
export function useRotationVictim(): RotationVictim {
  const victim = {} as { server: TestServer; user: TestUser; identity: TestIdentity };
  let before: unknown;
  beforeAll(async () => {
    victim.server = await startServer();
    victim.user = await registerUser(victim.server);
    const { request, rotated } = rotateRequest(victim.user.identity);
    await call(victim.server, 'POST', '/v1/keys', { token: victim.user.token, body: request });
    victim.identity = rotated;
  });
  const look = async (): Promise<void> => {
    before = await keysSnapshot(victim.server);
  };
  beforeEach(look);
  const expectUnchanged = async (): Promise<void> => {
    expect(await keysSnapshot(victim.server)).toEqual(before);
  };
  return Object.assign(victim, {
    rotate: (body: unknown, user = victim.user) => rotateKeys(victim.server, user, body),
    forged: (statement: Partial<KeyStatement>) => rotateRequest(victim.identity, { statement }).request,
    look,
    expectUnchanged,
    expectRefusal: async (answer: Answer<KeysProblemJson>, pointer: string, details: Partial<KeysProblemJson>) => {
      const { status, body } = answer;
      expect([status, body.code]).toEqual([422, 'keys.statement-refused']);
      expect(body).toMatchObject({ errors: [{ pointer }], ...details });
      await expectUnchanged();
    },
  });
}
