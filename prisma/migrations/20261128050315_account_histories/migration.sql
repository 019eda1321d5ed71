-- Events are numbered for each account by itself: numbers over the whole service told everybody how much happened in it.
DROP INDEX "account_events_user_id_id_idx";

ALTER TABLE "account_events" DROP CONSTRAINT "account_events_pkey",
ALTER COLUMN "id" DROP DEFAULT;
DROP SEQUENCE "account_events_id_seq";

UPDATE "account_events" AS e SET "id" = numbered."position"
  FROM (
    SELECT "user_id", "id", row_number() OVER (PARTITION BY "user_id" ORDER BY "id") AS "position" FROM "account_events"
  ) AS numbered
 WHERE e."user_id" = numbered."user_id" AND e."id" = numbered."id";

ALTER TABLE "account_events" ADD CONSTRAINT "account_events_pkey" PRIMARY KEY ("user_id", "id");

-- Old events are deleted by their time.
CREATE INDEX "account_events_at_idx" ON "account_events"("at");

CREATE TABLE "account_histories" (
    "user_id" UUID NOT NULL,
    "last_event" BIGINT NOT NULL,

    CONSTRAINT "account_histories_pkey" PRIMARY KEY ("user_id")
);

INSERT INTO "account_histories" ("user_id", "last_event")
SELECT "user_id", max("id") FROM "account_events" GROUP BY "user_id";

ALTER TABLE "account_histories" ADD CONSTRAINT "account_histories_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
