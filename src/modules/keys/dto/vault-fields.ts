import { LENGTHS, LIMITS } from '@sealpost/protocol';
import { Base64UrlField, IntegerField } from '../../../core/http/index.js';
import { MAX_VERSION } from './key-statement.dto.js';

// Decorators and not a base class: an answer that opens a session has the members of the tokens as its base already.

/** Member `vault` of every answer that hands a vault out, encoded. */
export function VaultField({
  description = 'The private seeds under the vault key.',
  minLength = LENGTHS.committedOverhead,
} = {}): PropertyDecorator {
  return Base64UrlField({ description, minLength, maxLength: LIMITS.vaultBytes });
}

/** Member `vaultVersion` beside it. */
export function VaultVersionField(description = 'How often the vault was written, from 1.'): PropertyDecorator {
  return IntegerField({ description, min: 1, max: MAX_VERSION });
}

/** Member `keyVersion` beside it. */
export function VaultKeyVersionField(
  description = "The key version that the vault's header names.",
): PropertyDecorator {
  return IntegerField({ description, min: 1, max: MAX_VERSION });
}
