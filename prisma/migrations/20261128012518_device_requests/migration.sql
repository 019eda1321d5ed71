-- New devices that wait to be approved by a signed-in one; rows live for ten minutes.
-- CreateTable
CREATE TABLE "device_requests" (
    "id" UUID NOT NULL,
    "login_id" TEXT NOT NULL,
    "device_name" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "commitment" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "denied_at" TIMESTAMPTZ(3),
    "user_id" UUID,
    "approver_session_id" UUID,
    "key_version" INTEGER,
    "keys_hash" BYTEA,
    "approver_nonce" BYTEA,
    "kem_public_key" BYTEA,
    "device_nonce" BYTEA,
    "handover" BYTEA,
    "credential_version" INTEGER,
    "approver_client" TEXT,
    "session_id" UUID,
    "collected_at" TIMESTAMPTZ(3),

    CONSTRAINT "device_requests_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "device_requests_login_id_idx" ON "device_requests"("login_id");

-- CreateIndex
CREATE INDEX "device_requests_user_id_idx" ON "device_requests"("user_id");

-- CreateIndex
CREATE INDEX "device_requests_expires_at_idx" ON "device_requests"("expires_at");

-- AddForeignKey
ALTER TABLE "device_requests" ADD CONSTRAINT "device_requests_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;
