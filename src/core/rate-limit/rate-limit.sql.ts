import { IMPOSSIBLE_MARGIN } from './gcra.js';

/**
 * The algorithm of gcra.ts for many keys at once, by the database's clock, which all replicas share. Rows are locked and
 * inserted in the order of their keys, so that two batches do not wait for each other. `written` is false also for a grant
 * where another transaction inserted the key at the same time: then the question is to be asked again.
 * $1 keys, each once, $2 microseconds per attempt, $3 microseconds of room, $4 least, $5 most. Rows in the order asked for.
 */
export const TAKE = {
  name: 'rate-limit-take',
  text: `
    WITH asked AS MATERIALIZED (
      SELECT * FROM unnest($1::bytea[], $2::float8[], $3::float8[], $4::int[], $5::int[])
        WITH ORDINALITY AS asked (key, per_attempt, room, least, most, position)
    ), held AS MATERIALIZED (
      SELECT key, full_at FROM rate_limits WHERE key = ANY($1::bytea[]) ORDER BY key FOR NO KEY UPDATE
    ), owed AS (
      SELECT asked.*, held.key IS NOT NULL AS known,
             COALESCE(GREATEST(0, (extract(epoch FROM held.full_at - now()) * 1000000)::float8), 0) AS owed
        FROM asked LEFT JOIN held USING (key)
    ), debts AS (
      SELECT owed.*, CASE WHEN owed > room + ${IMPOSSIBLE_MARGIN} THEN 0 ELSE owed END AS debt FROM owed
    ), verdicts AS MATERIALIZED (
      SELECT debts.*, LEAST(most, floor((room - debt) / per_attempt)) AS available FROM debts
    ), grants AS MATERIALIZED (
      SELECT key, known, now() + (debt + ceil(available * per_attempt)) * interval '1 microsecond' AS full_at
        FROM verdicts WHERE available >= least
    ), updated AS (
      UPDATE rate_limits SET full_at = grants.full_at FROM grants WHERE grants.known AND rate_limits.key = grants.key
      RETURNING rate_limits.key
    ), inserted AS (
      INSERT INTO rate_limits (key, full_at) SELECT key, full_at FROM grants WHERE NOT known ORDER BY key
      ON CONFLICT (key) DO NOTHING
      RETURNING key
    ), written AS (
      SELECT key FROM updated UNION ALL SELECT key FROM inserted
    )
    SELECT debt, available, written.key IS NOT NULL AS written
      FROM verdicts LEFT JOIN written USING (key) ORDER BY position`,
};

/** $1 limit. Rows without debt say what the absence of a row says. Skips what another transaction holds. */
export const FORGET = {
  name: 'rate-limit-forget',
  text: `
    DELETE FROM rate_limits WHERE key IN (
      SELECT key FROM rate_limits WHERE full_at < now() ORDER BY full_at LIMIT $1 FOR UPDATE SKIP LOCKED
    )`,
};
