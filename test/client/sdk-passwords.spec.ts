import { describe, expect, it } from '@jest/globals';
import { LoginRefused, PasswordRefused, passwordHints, Sealpost } from '@sealpost/client';
import { sharedServer } from '../support/index.js';
import { newPerson } from '../support/sdk.js';

const server = await sharedServer();
const service = { url: server.url, serviceId: server.serviceId };
let count = 0;
const unused = (): string => `chooser-${Date.now()}-${count++}`;

async function refusalOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('A new password', () => {
  it.each([
    ['one character', 'x', 'password.too-short'],
    ['seven characters', 'k8#pQ2z', 'password.too-short'],
    ['what everybody takes', 'summer2026', 'password.weak'],
    ['a word of the service', 'sealpost', 'password.weak'],
    ['a character of Unicode 17', 'correct horse \u{1acf} staple', 'password.unassigned'],
  ])('a new password is refused before anything is sent: %s', async (_what, password, code) => {
    const error = await refusalOf(Sealpost.register({ service, loginId: unused(), password }));
    expect(error).toBeInstanceOf(PasswordRefused);
    expect(error).toMatchObject({ code });
  });

  it('a new password says how to choose a better one, and is not made of the loginId', async () => {
    const loginId = 'maximiliane@example.org';
    const error = await refusalOf(Sealpost.register({ service, loginId, password: 'maximiliane' }));
    expect(error).toMatchObject({ code: 'password.weak', suggestions: expect.arrayContaining([expect.any(String)]) });
  });

  it('a new password is not made of a new loginId either, which others see', async () => {
    const [loginId, password] = [unused(), `kingfisher-over-the-lake-${Date.now()}`];
    const { client, recoveryWords } = await Sealpost.register({ service, loginId, password });
    const change = client.account.changeLoginId({ password, newLoginId: password.toUpperCase() });
    expect(await refusalOf(change)).toMatchObject({ name: 'PasswordRefused', code: 'password.weak' });
    const words = { recoveryWords, newPassword: `${password}-2`, newLoginId: `${password}-2` };
    expect(await refusalOf(Sealpost.recover({ service, loginId, ...words }))).toMatchObject({ code: 'password.weak' });
    await client.account.changeLoginId({ password, newLoginId: `${loginId}-2` });
    expect((await Sealpost.open({ service, loginId: `${loginId}-2`, password })).userId).toBe(client.userId);
  });

  it('a new password is refused as a wrong argument where it is no text, and so is a loginId', async () => {
    const [loginId, password] = [unused(), 'correct horse battery staple'];
    for (const wrong of [undefined, null, 12_345_678, {}] as unknown as string[]) {
      for (const given of [
        { loginId, password: wrong },
        { loginId: wrong, password },
      ]) {
        const refused = { code: 'client.invalid-argument' };
        expect(await refusalOf(Sealpost.register({ service, ...given }))).toMatchObject(refused);
        expect(await refusalOf(Sealpost.open({ service, ...given }))).toMatchObject(refused);
      }
    }
  });

  it('a new password is held against what the application asks for, down to the floor of the protocol', async () => {
    const options = { service, minimumPasswordScore: 0 } as const;
    const { client } = await Sealpost.register({ ...options, loginId: unused(), password: 'summer2026' });
    expect(client.userId).toBeDefined();
    const refused = await refusalOf(Sealpost.register({ ...options, loginId: unused(), password: 'summer' }));
    expect(refused).toMatchObject({ code: 'password.too-short' });
  });

  it('a new password is judged wherever one is chosen', async () => {
    const alice = await newPerson(server, 'alice');
    const { loginId, password, recoveryWords } = alice;
    const change = alice.client.account.changePassword({ password, newPassword: 'summer2026' });
    expect(await refusalOf(change)).toMatchObject({ code: 'password.weak' });
    const recovery = Sealpost.recover({ service, loginId, recoveryWords, newPassword: 'summer2026' });
    expect(await refusalOf(recovery)).toMatchObject({ code: 'password.weak' });
    const reset = Sealpost.reset({ service, loginId, claimToken: 'A'.repeat(43), password: 'summer2026' });
    expect(await refusalOf(reset)).toMatchObject({ code: 'password.weak' });
    expect((await Sealpost.open({ service, loginId, password })).userId).toBe(alice.client.userId);
  });
});

describe('A password that was refused', () => {
  it('a password that was refused comes with what of it may have been meant otherwise', async () => {
    const { loginId, password } = await newPerson(server, 'bob');
    const error = await refusalOf(Sealpost.open({ service, loginId, password: `${password} ` }));
    expect(error).toBeInstanceOf(LoginRefused);
    expect(error).toMatchObject({ code: 'auth.login-refused', hints: [{ code: 'trailing-space' }] });
    expect((error as Error).message).toContain('ends with a space');
    const plain = await refusalOf(Sealpost.open({ service, loginId, password: 'of somebody else' }));
    expect(plain).toMatchObject({ code: 'auth.login-refused', hints: [] });
  });

  it.each([
    [' begins', ['leading-space']],
    ['\u2019tis\u3000', ['trailing-space', 'smart-quotes', 'full-width']],
    ['ｆｕｌｌ', ['full-width']],
    ['CAPS LOCK 1', ['capitals']],
    ['a\u200bb', ['unseen']],
    ['a\u0378', ['unassigned']],
    ['Nothing to say 1!', []],
  ])('a password that was refused is looked through for what is easily typed otherwise: %j', (password, codes) => {
    expect(passwordHints(password).map(({ code }) => code)).toEqual(codes);
  });

  it('a password that was refused is tried, though it could not be chosen any more', async () => {
    const { loginId } = await newPerson(server, 'carol');
    for (const password of ['x', 'a\u{1acf}']) {
      expect(await refusalOf(Sealpost.open({ service, loginId, password }))).toMatchObject({
        code: 'auth.login-refused',
      });
    }
  });
});
