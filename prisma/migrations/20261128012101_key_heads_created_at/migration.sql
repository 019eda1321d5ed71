-- Deliveries read how old a sender's newest keys are from the row that they read anyway. It is the time of the statement
-- that the head names, so that keys do not become younger by this migration.
ALTER TABLE "key_heads" ADD COLUMN     "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP;

UPDATE "key_heads" SET "created_at" = "key_statements"."created_at"
  FROM "key_statements"
 WHERE "key_statements"."user_id" = "key_heads"."user_id" AND "key_statements"."version" = "key_heads"."version";
