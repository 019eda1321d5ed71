-- Whose messages a user does not want. The index is for the erasure of those who are blocked.
CREATE TABLE "blocks" (
    "user_id" UUID NOT NULL,
    "blocked_user_id" UUID NOT NULL,
    "blocked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "blocks_pkey" PRIMARY KEY ("user_id","blocked_user_id")
);

CREATE INDEX "blocks_blocked_user_id_idx" ON "blocks"("blocked_user_id");

ALTER TABLE "blocks" ADD CONSTRAINT "blocks_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
