-- The history of each account, for its owner: rows are only added, and go with the account.
CREATE TABLE "account_events" (
    "id" BIGSERIAL NOT NULL,
    "user_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "kind" TEXT NOT NULL,
    "session_id" UUID,
    "session_name" TEXT,
    "client" TEXT,
    "other_session_id" UUID,
    "key_version" INTEGER,
    "detail" TEXT,

    CONSTRAINT "account_events_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "account_events_user_id_id_idx" ON "account_events"("user_id", "id");

ALTER TABLE "account_events" ADD CONSTRAINT "account_events_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
