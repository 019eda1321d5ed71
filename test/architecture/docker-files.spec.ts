import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { SETTINGS_TABLE } from '../../src/core/config/settings-table.js';
import { checkCompose, checkDockerfile, copiedFiles, isSentToBuilder } from './docker-checks.js';

const PROJECT = resolve(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(PROJECT, 'Dockerfile'), 'utf8');
const dockerignore = readFileSync(join(PROJECT, '.dockerignore'), 'utf8');
const compose = readFileSync(join(PROJECT, 'docker-compose.yml'), 'utf8');

/** Read by docker-compose.yml itself. */
const COMPOSE_ONLY = ['SEALPOST_PUBLISHED_PORT'];

describe('docker-compose.yml', () => {
  it('docker-compose.yml is a Compose file whose services are pinned, healthy, confined and without a default password', () => {
    expect(checkCompose(compose)).toEqual([]);
  });

  it.each([
    ['is misspelt', 'restart:', 'restrat:', /additional properties/],
    ['names no time', 'interval: 10s', 'interval: soon', /must match format "duration"/],
    ['waits for nothing', 'service_healthy', 'service_started', /server: it does not wait for a healthy postgres/],
    ['has a default password', /POSTGRES_PASSWORD:\?[^}]+/g, 'POSTGRES_PASSWORD:-secret', /default secret/],
    ['takes any image', 'postgres:18-bookworm', 'postgres:latest', /postgres: the image has no version/],
    ['is open to the network', '127.0.0.1:$', '0.0.0.0:$', /server: port .* is open to the network/],
    ['can be written', 'read_only: true', 'read_only: false', /its root file system can be written/],
  ])('docker-compose.yml would not pass if it %s', (_fault, found, replacement, finding) => {
    const changed = compose.replace(found, replacement);
    expect(changed).not.toBe(compose);
    expect(checkCompose(changed).join('\n')).toMatch(finding);
  });
});

describe('The Dockerfile', () => {
  it('the Dockerfile passes the linter, is pinned, runs as an ordinary user, in exec form, with a health check', () => {
    expect(checkDockerfile(dockerfile)).toEqual([]);
  });

  it.each([
    ['had an unknown flag', 'HEALTHCHECK --interval', 'HEALTHCHECK --intervall', /Unknown flag/],
    ['had an unknown instruction', 'STOPSIGNAL', 'STOPPSIGNAL', /Unknown instruction/],
    ['ran as root', 'USER node', 'USER root', /runs as root/],
    ['took any base image', /node:24-bookworm-slim/g, 'node:latest', /no version/],
    [
      'started a shell',
      'CMD ["node", "--use-largepages=silent", "dist/main.js"]',
      'CMD node dist/main.js',
      /exec form/,
    ],
  ])('the Dockerfile would not pass if it %s', (_fault, found, replacement, finding) => {
    const changed = dockerfile.replace(found, replacement);
    expect(changed).not.toBe(dockerfile);
    expect(checkDockerfile(changed).join('\n')).toMatch(finding);
  });

  it('the Dockerfile copies files that there are and that are sent to the builder', () => {
    const fromCheckout = [...copiedFiles(dockerfile, 'earlier'), ...copiedFiles(dockerfile, 'last')]
      .filter(({ fromStage }) => !fromStage)
      .map(({ source }) => source);
    expect(fromCheckout).toContain('src/');
    expect(fromCheckout.filter((path) => !existsSync(join(PROJECT, path)))).toEqual([]);
    expect(fromCheckout.filter((path) => !isSentToBuilder(path, dockerignore))).toEqual([]);
  });
});

describe('Both', () => {
  it('the Compose file and the Dockerfile set nothing but settings of the server', () => {
    const known = new Set([...COMPOSE_ONLY, ...Object.values(SETTINGS_TABLE).map(({ variable }) => variable)]);
    const named = `${compose}\n${dockerfile}`.match(/\bSEALPOST_[A-Z_]+\b/g) ?? [];
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((name) => !known.has(name))).toEqual([]);
  });
});
