-- Turns messages and mailbox_entries into tables that are partitioned by hash: messages by its id, mailbox_entries by its
-- user. docs/scaling.md says when that pays, and when it does not. Stop all replicas first, have room for both tables
-- once more, and run it as the role that the server uses. Without PGOPTIONS there are 16 partitions of each:
--
--   PGOPTIONS='-c sealpost.partitions=32' psql "$DATABASE_URL" --set=ON_ERROR_STOP=1 --file=scripts/partition-tables.sql
--
-- One transaction: it is done as a whole, or nothing has happened. Constraints, indexes and storage parameters are those
-- of the tables that were there, whichever migrations made them. For PostgreSQL 15 to 18.

BEGIN;
SET LOCAL maintenance_work_mem = '512MB';
LOCK TABLE messages, mailbox_entries IN ACCESS EXCLUSIVE MODE;

ALTER TABLE messages RENAME TO messages_before;
ALTER TABLE mailbox_entries RENAME TO mailbox_entries_before;

-- Columns, NOT NULL, CHECK and STORAGE; keys and indexes follow when the rows are there.
CREATE TABLE messages (LIKE messages_before INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING DEFAULTS)
    PARTITION BY HASH (id);
CREATE TABLE mailbox_entries (LIKE mailbox_entries_before INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING DEFAULTS)
    PARTITION BY HASH (user_id);

-- Storage parameters belong to partitions: a partitioned table has none of its own.
DO $$
DECLARE
    partitions CONSTANT int := coalesce(nullif(current_setting('sealpost.partitions', true), ''), '16')::int;
    parent text;
    parameters text;
BEGIN
    FOREACH parent IN ARRAY ARRAY['messages', 'mailbox_entries'] LOOP
        SELECT string_agg(option, ', ') INTO parameters FROM (
            SELECT unnest(reloptions) AS option FROM pg_class WHERE oid = (parent || '_before')::regclass
            UNION ALL
            SELECT 'toast.' || unnest(toast.reloptions)
              FROM pg_class AS base JOIN pg_class AS toast ON toast.oid = base.reltoastrelid
             WHERE base.oid = (parent || '_before')::regclass
        ) AS options;
        FOR remainder IN 0 .. partitions - 1 LOOP
            EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES WITH (MODULUS %s, REMAINDER %s) %s',
                           parent || '_p' || remainder, parent, partitions, remainder,
                           'WITH (' || parameters || ')');
        END LOOP;
    END LOOP;
END $$;

INSERT INTO messages SELECT * FROM messages_before;
INSERT INTO mailbox_entries SELECT * FROM mailbox_entries_before;

-- The same keys and indexes under the same names, which the server's messages about errors and later migrations rely on.
DO $$
DECLARE
    parent text;
    made record;
BEGIN
    FOREACH parent IN ARRAY ARRAY['messages', 'mailbox_entries'] LOOP
        FOR made IN
            SELECT index.relname AS name, con.conname IS NOT NULL AS key,
                   CASE WHEN con.conname IS NULL THEN pg_get_indexdef(index.oid) ELSE pg_get_constraintdef(con.oid) END AS definition
              FROM pg_index
              JOIN pg_class AS index ON index.oid = indexrelid
              LEFT JOIN pg_constraint AS con ON con.conindid = indexrelid AND con.contype IN ('p', 'u')
             WHERE indrelid = (parent || '_before')::regclass
        LOOP
            EXECUTE format('ALTER INDEX %I RENAME TO %I', made.name, left(made.name, 50) || '_before');
            IF made.key THEN
                EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I %s', parent, made.name, made.definition);
            ELSE
                EXECUTE replace(made.definition, parent || '_before', parent);
            END IF;
        END LOOP;
    END LOOP;
END $$;

DROP TABLE messages_before, mailbox_entries_before;
COMMIT;
ANALYZE messages, mailbox_entries;
