/** The look-ups that clients make before a message, each prepared once per connection under its name. */

const COLUMNS = 's.user_id, s.version, s.keys_hash, s.statement, s.signature, s.previous_signature';
const NEWEST = 'key_heads h JOIN key_statements s ON s.user_id = h.user_id AND s.version = h.version';

/** Hashes as hexadecimal text. */
export const FIND_HEADS = {
  name: 'keys-heads',
  text: `SELECT user_id, encode(keys_hash, 'hex') AS keys_hash FROM key_heads WHERE user_id = ANY($1::uuid[])`,
};
export const FIND_NEWEST_OF = {
  name: 'keys-newest-of',
  text: `SELECT ${COLUMNS} FROM ${NEWEST} WHERE h.user_id = ANY($1::uuid[])`,
};
export const FIND_USER = {
  name: 'keys-user',
  text: `SELECT ${COLUMNS}, a.login_id, a.handle_signature, a.key_version AS handle_key_version
           FROM ${NEWEST} JOIN handles a ON a.user_id = h.user_id WHERE a.login_id = $1`,
};
