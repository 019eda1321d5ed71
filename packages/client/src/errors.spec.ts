import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { isErrorCode } from '@sealpost/protocol';
import { CLIENT_CODES } from './error-codes.js';
import type { EscrowWarning } from './escrow/escrow-watch.js';
import type { MessageRefused } from './envelope/message-refused.js';
import { ApiError, NetworkError, type ClientError, type SealpostError, type UnconfirmedSend } from './errors.js';
import type { ContactWarning, KeysRefused } from './trust/contact-errors.js';

type Equal<A, B> = [A, B] extends [B, A] ? true : never;

/** Every class of the public face; what none of them has is in no union either. The compiler checks it. */
type CodeOfAnyClass = (
  ApiError | ClientError | ContactWarning | EscrowWarning | KeysRefused | MessageRefused | UnconfirmedSend
)['code'];
const CLASSES_HAVE_ALL: Equal<CodeOfAnyClass, SealpostError['code']> = true;

/** A case that is left out here does not compile: the rest is `never` only where nothing is left. */
function advice(code: ContactWarning['code'] | NetworkError['code']): string {
  switch (code) {
    case 'contact.keys-recovered':
    case 'contact.keys-compromised':
    case 'contact.keys-conflict':
      return 'compare';
    case 'contact.login-id-rebound':
    case 'contact.rollback':
    case 'contact.fork':
      return 'ask';
    case 'client.network':
    case 'client.timeout':
    case 'client.foreign-answer':
    case 'client.redirect-refused':
      return 'again';
    default: {
      const nothing: never = code;
      return nothing;
    }
  }
}

const PROBLEM = { type: '/p', title: 'Full', status: 409, detail: 'It is full', instance: '/v1/x', code: 'x-new.full' };

describe('The code of an error', () => {
  it('the code of an error is one of a closed union, so that the compiler sees what a switch leaves out', () => {
    expect(CLASSES_HAVE_ALL).toBe(true);
    expect(advice(new NetworkError('client.timeout', 'Too late').code)).toBe('again');
  });

  it('the code of an error is that of the problem, and says so where this client does not know the problem', () => {
    const known = new ApiError(429, { ...PROBLEM, status: 429, code: 'request.rate-limited' });
    expect(known.code).toBe('request.rate-limited');
    const newer = new ApiError(409, PROBLEM);
    expect(newer).toMatchObject({ code: 'client.unknown-problem', problem: { code: 'x-new.full' } });
    expect(newer.message).toBe('It is full (HTTP 409, x-new.full)');
    expect(new ApiError(409, { ...PROBLEM, code: 'toString' }).code).toBe('client.unknown-problem');
  });

  it('the code of an error belongs either to the service or to the client, and is explained', () => {
    expect(CLIENT_CODES.filter(isErrorCode)).toEqual([]);
    const document = readFileSync(new URL('../../../docs/sdk.md', import.meta.url), 'utf8');
    expect(CLIENT_CODES.filter((code) => !document.includes(`\`${code}\``))).toEqual([]);
  });
});
