import { describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { loadSettings } from './load-settings.js';
import type { Environment } from './load-settings.js';
import { SETTINGS_TABLE } from './settings-table.js';
import { Settings, SettingsError } from './settings.js';

describe('loading the settings', () => {
  it('the settings of an empty environment serve this machine only, with an embedded database', () => {
    const settings = loadSettings({});
    expect(settings).toMatchObject({
      host: '127.0.0.1',
      port: 8080,
      serviceId: 'sealpost.localhost',
      registration: 'open',
      dataDir: resolve('data'),
      secretsFile: resolve('data', 'secrets.json'),
      corsOrigins: [],
      trustedProxies: [],
    });
    expect(settings.databaseUrl).toBeUndefined();
  });

  it('the example of every setting is accepted', () => {
    const environment: Record<string, string> = {};
    for (const { variable, example } of Object.values(SETTINGS_TABLE)) environment[variable] = example;
    expect(() => loadSettings(environment)).not.toThrow();
  });

  it('the settings keep the metrics away from the public port', () => {
    expect(loadSettings({})).toMatchObject({ metricsPort: undefined, metricsHost: '127.0.0.1' });
    expect(loadSettings({ SEALPOST_PORT: '0', SEALPOST_METRICS_PORT: '0' })).toMatchObject({ metricsPort: 0 });
    for (const environment of [
      { SEALPOST_METRICS_PORT: '8080' },
      { SEALPOST_PORT: '9464', SEALPOST_METRICS_PORT: '9464' },
    ]) {
      expect(() => loadSettings(environment)).toThrow('SEALPOST_METRICS_PORT must be another port than SEALPOST_PORT');
    }
  });

  it('the loaded settings are an object that nobody can change', () => {
    const settings = loadSettings({ SEALPOST_CORS_ORIGINS: 'https://a.example' });
    expect(settings).toBeInstanceOf(Settings);
    expect(Object.isFrozen(settings)).toBe(true);
    expect(Object.isFrozen(settings.corsOrigins)).toBe(true);
    expect(Object.isFrozen(settings.rateLoginPerAddress)).toBe(true);
  });

  it('the settings keep the secrets in the data folder unless told otherwise', () => {
    expect(loadSettings({ SEALPOST_DATA_DIR: '/srv/mail' }).secretsFile).toBe('/srv/mail/secrets.json');
    expect(loadSettings({ SEALPOST_DATA_DIR: '/srv/mail', SEALPOST_SECRETS_FILE: '/run/s' }).secretsFile).toBe(
      '/run/s',
    );
  });

  it('an empty variable counts as an absent one', () => {
    expect(loadSettings({ SEALPOST_PORT: '', DATABASE_URL: ' ' })).toMatchObject({
      port: 8080,
      databaseUrl: undefined,
    });
  });

  it('the port of the platform counts where the server has none of its own', () => {
    expect(loadSettings({ PORT: '5000' }).port).toBe(5000);
    expect(loadSettings({ PORT: '5000', SEALPOST_PORT: '' }).port).toBe(5000);
    expect(loadSettings({ PORT: 'anything', SEALPOST_PORT: '6000' }).port).toBe(6000);
    expect(problemsOf({ PORT: 'http' })).toEqual([expect.stringMatching(/^PORT must be a whole number/)]);
  });

  it('the settings have lists, rates and addresses read', () => {
    const settings = loadSettings({
      SEALPOST_CORS_ORIGINS: 'https://a.example, http://localhost:5173',
      SEALPOST_TRUSTED_PROXIES: '10.0.0.0/8,::1',
      SEALPOST_RATE_LOGIN_PER_ACCOUNT: '7/30',
      SEALPOST_PUBLIC_URL: 'https://msg.example/',
      SEALPOST_SERVICE_ID: 'msg.example',
    });
    expect(settings).toMatchObject({
      corsOrigins: ['https://a.example', 'http://localhost:5173'],
      trustedProxies: ['10.0.0.0/8', '::1'],
      rateLoginPerAccount: { count: 7, seconds: 30 },
      publicUrl: 'https://msg.example',
    });
  });
});

describe('settings that stop the start', () => {
  it.each([
    ['SEALPOST_PORT', '70000'],
    ['SEALPOST_PORT', '80 80'],
    ['SEALPOST_PORT', '1e3'],
    ['SEALPOST_HOST', 'http://here'],
    ['SEALPOST_SERVICE_ID', 'Msg.Example'],
    ['SEALPOST_REGISTRATION', 'maybe'],
    ['SEALPOST_PASSWORD_SUITE', '3'],
    ['SEALPOST_CORS_ORIGINS', 'https://a.example/'],
    ['SEALPOST_CORS_ORIGINS', '*'],
    ['SEALPOST_TRUSTED_PROXIES', '10.0.0.0/8,proxy.example'],
    ['SEALPOST_RATE_REGISTER_PER_ADDRESS', '20'],
    ['SEALPOST_RATE_REGISTER_PER_ADDRESS', '0/60'],
    ['SEALPOST_RATE_REGISTER_PER_ADDRESS', '1/2/3'],
    ['SEALPOST_PUBLIC_URL', 'ftp://msg.example'],
    ['SEALPOST_BODY_LIMIT_BYTES', '1000'],
    ['SEALPOST_RESET', 'mail'],
    ['SEALPOST_MAIL_FROM', 'Sealpost <no-reply@msg.example>'],
    ['SEALPOST_MAIL_FROM', 'a@msg.example,b@msg.example'],
    ['SEALPOST_LOG_LEVEL', 'verbose'],
  ])('the setting %s=%s stops the start', (variable, text) => {
    expect(problemsOf({ [variable]: text })).toEqual([
      expect.stringMatching(new RegExp(`^${variable} must be .*, not "`)),
    ]);
  });

  it('settings that stop the start are listed all at once', () => {
    const problems = problemsOf({ SEALPOST_PORT: 'x', SEALPOST_LOG_LEVEL: 'y', SEALPOST_REGISTRATION: 'z' });
    expect(problems).toHaveLength(3);
  });

  it('a misspelt variable stops the start, and the name that was meant is told', () => {
    expect(problemsOf({ SEALPOST_REGISTRATON: 'closed' })).toEqual([
      'SEALPOST_REGISTRATON is not a setting; did you mean SEALPOST_REGISTRATION?',
    ]);
    expect(problemsOf({ SEALPOST_SOMETHING_ELSE_ENTIRELY: '1' })).toEqual([
      'SEALPOST_SOMETHING_ELSE_ENTIRELY is not a setting',
    ]);
  });

  it('the variables of the client and of other programs do not stop the start', () => {
    expect(() => loadSettings({ SEALPOST_CLIENT_URL: 'x', PATH: '/bin', sealpost_port: 'x' })).not.toThrow();
  });

  it('a refused variable that Kubernetes has set is named with its cause', () => {
    const problems = problemsOf({ SEALPOST_PORT: 'tcp://10.0.0.1:80', SEALPOST_SERVICE_HOST: '10.0.0.1' });
    expect(problems).toEqual([
      expect.stringContaining('enableServiceLinks: false'),
      expect.stringContaining('enableServiceLinks: false'),
    ]);
  });

  it('an external database without a service id stops the start', () => {
    const url = 'postgresql://sealpost:pw@db.example/sealpost';
    expect(problemsOf({ DATABASE_URL: url })).toEqual([expect.stringContaining('SEALPOST_SERVICE_ID must be set')]);
    expect(loadSettings({ DATABASE_URL: url, SEALPOST_SERVICE_ID: 'msg.example' }).databaseUrl).toBe(url);
  });

  it('a public address without a service id stops the start', () => {
    const address = { SEALPOST_PUBLIC_URL: 'https://msg.example' };
    expect(problemsOf(address)).toEqual([
      expect.stringContaining('SEALPOST_SERVICE_ID must be set when SEALPOST_PUBLIC_URL is set'),
    ]);
    expect(loadSettings({ ...address, SEALPOST_SERVICE_ID: 'msg.example' }).publicUrl).toBe('https://msg.example');
  });

  it('resets by mail without a mail server and a sender stop the start', () => {
    for (const mode of ['email', 'both']) {
      expect(problemsOf({ SEALPOST_RESET: mode })).toEqual([
        `SEALPOST_SMTP_URL must be set when SEALPOST_RESET is "${mode}"`,
        `SEALPOST_MAIL_FROM must be set when SEALPOST_RESET is "${mode}"`,
      ]);
    }
    expect(loadSettings({ SEALPOST_RESET: 'approval' })).toMatchObject({ reset: 'approval', smtpUrl: undefined });
  });

  it('the refusal of settings never shows what a secret setting holds', () => {
    const problems = problemsOf({ DATABASE_URL: 'mysql://root:hunter2@db/x', SEALPOST_SERVICE_ID: 'a' });
    expect(problems).toHaveLength(1);
    expect(problems.join()).not.toContain('hunter2');
    expect(problemsOf({ SEALPOST_SMTP_URL: 'http://root:hunter2@mail.example' }).join()).not.toContain('hunter2');
  });
});

function problemsOf(environment: Environment): readonly string[] {
  try {
    loadSettings(environment);
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  throw new Error('The settings were accepted.');
}
