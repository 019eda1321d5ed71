-- Where an account's owner wanted it: the vault key for the holder of an escrow key. Goes with the account.
CREATE TABLE "escrows" (
    "user_id" UUID NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "unlock" BYTEA NOT NULL,
    "added_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "escrows_pkey" PRIMARY KEY ("user_id")
);

ALTER TABLE "escrows" ADD CONSTRAINT "escrows_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
