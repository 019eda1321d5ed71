-- What the clients of an account know of others, encrypted: one row for each account, and it goes with the account.
CREATE TABLE "shared_states" (
    "user_id" UUID NOT NULL,
    "state_version" INTEGER NOT NULL,
    "state" BYTEA NOT NULL,
    "previous_hash" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "shared_states_pkey" PRIMARY KEY ("user_id")
);

ALTER TABLE "shared_states" ADD CONSTRAINT "shared_states_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
