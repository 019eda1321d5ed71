/** The statements that every process asks again and again, each prepared once per connection under its name. */

/**
 * $1 seconds. now(), which stays the same within a statement: by a condition on clock_timestamp() no index is searched.
 */
export const REVOKED_WITHIN = {
  name: 'auth-revoked-within',
  text: `
    SELECT id FROM sessions WHERE revoked_at > now() - make_interval(secs => $1)
    UNION ALL
    SELECT id FROM erased_sessions WHERE revoked_at > now() - make_interval(secs => $1)`,
};

/** $1 session id. Whose it is must be compared: with the user in the condition another index looks as good. */
export const ACTIVE_SESSION = {
  name: 'auth-session-active',
  text: 'SELECT user_id, expires_at, key_thumbprint FROM sessions WHERE id = $1 AND revoked_at IS NULL AND expires_at > now()',
};
