-- Claims to the loginIds of accounts that are to begin anew. A row goes when it is used, called off or over.

-- CreateTable
CREATE TABLE "reset_claims" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "token_hash" BYTEA,
    "mailed" BOOLEAN NOT NULL,
    "client" TEXT,
    "requested_at" TIMESTAMPTZ(3) NOT NULL,
    "approved_at" TIMESTAMPTZ(3),
    "available_at" TIMESTAMPTZ(3),
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "reset_claims_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "reset_claims_token_hash_key" ON "reset_claims"("token_hash");

-- CreateIndex
CREATE INDEX "reset_claims_user_id_idx" ON "reset_claims"("user_id");

-- CreateIndex
CREATE INDEX "reset_claims_expires_at_idx" ON "reset_claims"("expires_at");

-- AddForeignKey
ALTER TABLE "reset_claims" ADD CONSTRAINT "reset_claims_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
