import {
  decodeKeyStatement,
  encodeBase64Url,
  ProtocolError,
  requireBase64Url,
  type SignedStatement,
  type SignedStatementJson,
} from '@sealpost/protocol';

import { sha256 } from '../crypto/primitives.js';
import { ClientError } from '../errors.js';
import type { KeyChain } from './chain.js';

/**
 * A verified chain as JSON, for storage that nobody but the user can write to. All of it is kept, not only a hash: the
 * keys of every version are needed to open old messages, without asking the server for them again.
 */
export interface ChainPin {
  readonly serviceId: string;
  readonly userId: string;
  /** Ascending from version 1. */
  readonly statements: readonly SignedStatementJson[];
  readonly acceptedRoot: number;
}

/** The bytes of a statement as the server or a pin gives it. Throws a ProtocolError at base64url that is not canonical. */
export function signedStatementOf(json: SignedStatementJson): SignedStatement {
  const signed = {
    statement: requireBase64Url(json.statement, 'statement'),
    signature: requireBase64Url(json.signature, 'signature'),
  };
  if (json.previousSignature === undefined) return signed;
  return { ...signed, previousSignature: requireBase64Url(json.previousSignature, 'previousSignature') };
}

/** A statement as it is sent. */
export function signedStatementJson(signed: SignedStatement): SignedStatementJson {
  const json = { statement: encodeBase64Url(signed.statement), signature: encodeBase64Url(signed.signature) };
  if (signed.previousSignature === undefined) return json;
  return { ...json, previousSignature: encodeBase64Url(signed.previousSignature) };
}

export function pinOfChain(chain: KeyChain): ChainPin {
  const { serviceId, userId, acceptedRoot } = chain;
  return { serviceId, userId, acceptedRoot, statements: chain.statements.map(signedStatementJson) };
}

/**
 * The chain of a pin. Signatures are not verified again: they were before pinning. Throws a ProtocolError where the pin
 * is not one that pinOfChain made.
 */
export function chainOfPin(pin: ChainPin): KeyChain {
  const statements = pin.statements.map((json) => {
    const signed = signedStatementOf(json);
    return { ...decodeKeyStatement(signed.statement), ...signed, keysHash: sha256(signed.statement) };
  });
  const whole = statements.every(
    ({ version, userId, serviceId }, index) =>
      version === index + 1 && userId === pin.userId && serviceId === pin.serviceId,
  );
  if (!whole || statements.length === 0) throw new ProtocolError('out-of-range', 'statements');
  return { serviceId: pin.serviceId, userId: pin.userId, statements, acceptedRoot: pin.acceptedRoot };
}

/** The chain of a pin that lies in the client's storage. @throws ClientError `storage.damaged` */
export function wholeChain(pin: ChainPin): KeyChain {
  try {
    return chainOfPin(pin);
  } catch (cause) {
    throw new ClientError('storage.damaged', `The stored keys of user ${pin.userId} are not whole`, { cause });
  }
}
