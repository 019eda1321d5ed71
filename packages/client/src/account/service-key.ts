import { decodeBase64Url, encodeBase64Url, LENGTHS } from '@sealpost/protocol';
import { randomBytes } from '../crypto/primitives.js';
import { ClientError } from '../errors.js';
import type { ServiceOptions } from '../http/service-address.js';
import { base64Url, integer, listOf, objectOf, oneOf, optional, parseJson, text } from '../http/json-shape.js';

/** All that a program needs to act as a service account. Whoever has it is the account: keep it as you keep a password. */
export interface ServiceKey {
  readonly service: ServiceOptions;
  readonly loginId: string;
  /** 32 random bytes, base64url: what a password is to a person. */
  readonly key: string;
  /** The registered account; absent while it is not known whether the registration succeeded. */
  readonly account?: ServiceKeyAccount;
}

export interface ServiceKeyAccount {
  readonly userId: string;
  /** The server may never name a lower one (protocol section 2). */
  readonly suite: number;
}

const FORMAT = 'sealpost-service-key-v1';

interface ServiceKeyJson {
  readonly format: typeof FORMAT;
  readonly url: string;
  readonly serviceId: string;
  readonly origins?: readonly string[];
  readonly loginId: string;
  readonly key: string;
  readonly account?: ServiceKeyAccount;
}

const shape = objectOf<ServiceKeyJson>({
  format: oneOf([FORMAT]),
  url: text,
  serviceId: text,
  origins: optional(listOf(text)),
  loginId: text,
  key: base64Url,
  account: optional(objectOf<ServiceKeyAccount>({ userId: text, suite: integer })),
});

/** A key for an account that is to be registered. Needs libsodium to be loaded. */
export function generateServiceKey(service: ServiceOptions, loginId: string): ServiceKey {
  return { service, loginId, key: encodeBase64Url(randomBytes(LENGTHS.seed)) };
}

/** The key as the text of its file. */
export function encodeServiceKey({ service, loginId, key, account }: ServiceKey): string {
  const { url, serviceId, origins } = service;
  const json: ServiceKeyJson = {
    format: FORMAT,
    url,
    serviceId,
    ...(origins === undefined ? {} : { origins }),
    loginId,
    key,
    ...(account === undefined ? {} : { account }),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** @throws ClientError `service-key.refused`, which says nothing of the content */
export function decodeServiceKey(content: string): ServiceKey {
  const { url, serviceId, origins, loginId, key, account } = jsonOf(content);
  if (decodeBase64Url(key)?.length !== LENGTHS.seed) throw notAKey();
  const service = { url, serviceId, ...(origins === undefined ? {} : { origins }) };
  return { service, loginId, key, ...(account === undefined ? {} : { account }) };
}

function jsonOf(content: string): ServiceKeyJson {
  try {
    return shape(parseJson(content), '');
  } catch {
    throw notAKey();
  }
}

function notAKey(): ClientError {
  return new ClientError('service-key.refused', 'This is not the key of a service account');
}
