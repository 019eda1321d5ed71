import { LENGTHS } from '@sealpost/protocol';
import { Base64UrlField, IntegerField } from '../../../../core/http/index.js';

/** The bounds of versions, which count from 1 and are `integer` in the database. */
export const MAX_VERSION = 2 ** 31 - 1;
/** Bounds of the version that a change builds upon: there is room for the next one. */
export const CREDENTIAL_VERSION = { min: 1, max: MAX_VERSION - 1 };

const MAX_SUITE = 255;

/** Member `challenge` of every request that spends one. */
export function ChallengeField(description = 'From POST /v1/auth/challenge, for `loginId`.'): PropertyDecorator {
  return Base64UrlField({ description, length: LENGTHS.challenge });
}

/** Member `suite` of every answer or request that says how a password key is derived. */
export function SuiteField(description = 'The password suite.'): PropertyDecorator {
  return IntegerField({ description, min: 0, max: MAX_SUITE });
}

/** Characters of what a client calls its session. */
export const SESSION_NAME = { min: 1, max: 64 };
