-- CreateTable
CREATE TABLE "accounts" (
    "user_id" UUID NOT NULL,
    "suite" SMALLINT NOT NULL,
    "salt" BYTEA NOT NULL,
    "auth_public_key" BYTEA NOT NULL,
    "recovery_auth_public_key" BYTEA NOT NULL,
    "password_unlock" BYTEA NOT NULL,
    "recovery_unlock" BYTEA NOT NULL,
    "credential_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "disabled_at" TIMESTAMPTZ(3),

    CONSTRAINT "accounts_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "sessions" (
    "id" UUID NOT NULL,
    "user_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "refresh_token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "refreshed_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "used_challenges" (
    "challenge" BYTEA NOT NULL,
    "used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "used_challenges_pkey" PRIMARY KEY ("challenge")
);

-- CreateTable
CREATE TABLE "invitations" (
    "code_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),
    "used_by" UUID,

    CONSTRAINT "invitations_pkey" PRIMARY KEY ("code_hash")
);

-- CreateTable
CREATE TABLE "handles" (
    "login_id" TEXT NOT NULL,
    "user_id" UUID NOT NULL,
    "handle_signature" BYTEA NOT NULL,
    "key_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "handles_pkey" PRIMARY KEY ("login_id")
);

-- CreateTable
CREATE TABLE "key_statements" (
    "user_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "keys_hash" BYTEA NOT NULL,
    "statement" BYTEA NOT NULL,
    "signature" BYTEA NOT NULL,
    "previous_signature" BYTEA,
    "created_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "key_statements_pkey" PRIMARY KEY ("user_id","version")
);

-- CreateTable
CREATE TABLE "key_heads" (
    "user_id" UUID NOT NULL,
    "version" INTEGER NOT NULL,
    "keys_hash" BYTEA NOT NULL,

    CONSTRAINT "key_heads_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "vaults" (
    "user_id" UUID NOT NULL,
    "vault_version" INTEGER NOT NULL,
    "key_version" INTEGER NOT NULL,
    "vault" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "vaults_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "messages" (
    "id" UUID NOT NULL,
    "sender_id" UUID NOT NULL,
    "sender_key_version" INTEGER NOT NULL,
    "conversation_id" UUID NOT NULL,
    "suite" SMALLINT NOT NULL,
    "recipient_ids" UUID[],
    "key_versions" INTEGER[],
    "sequences" BIGINT[],
    "content_hash" BYTEA NOT NULL,
    "ciphertext" BYTEA,
    "nonce" BYTEA,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "sweep_at" TIMESTAMPTZ(3),

    CONSTRAINT "messages_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mailboxes" (
    "user_id" UUID NOT NULL,
    "last_sequence" BIGINT NOT NULL,
    "acknowledged_up_to" BIGINT NOT NULL,

    CONSTRAINT "mailboxes_pkey" PRIMARY KEY ("user_id")
);

-- CreateTable
CREATE TABLE "mailbox_entries" (
    "user_id" UUID NOT NULL,
    "sequence" BIGINT NOT NULL,
    "message_id" UUID NOT NULL,
    "conversation_id" UUID NOT NULL,

    CONSTRAINT "mailbox_entries_pkey" PRIMARY KEY ("user_id","sequence")
);

-- CreateIndex
CREATE INDEX "sessions_user_id_idx" ON "sessions"("user_id");

-- CreateIndex
CREATE INDEX "sessions_revoked_at_idx" ON "sessions"("revoked_at");

-- CreateIndex
CREATE INDEX "sessions_expires_at_idx" ON "sessions"("expires_at");

-- CreateIndex
CREATE INDEX "used_challenges_used_at_idx" ON "used_challenges"("used_at");

-- CreateIndex
CREATE UNIQUE INDEX "handles_user_id_key" ON "handles"("user_id");

-- CreateIndex
CREATE INDEX "messages_sweep_at_idx" ON "messages"("sweep_at");

-- CreateIndex
CREATE INDEX "mailbox_entries_user_id_conversation_id_sequence_idx" ON "mailbox_entries"("user_id", "conversation_id", "sequence");

-- CreateIndex
CREATE UNIQUE INDEX "mailbox_entries_message_id_user_id_key" ON "mailbox_entries"("message_id", "user_id");

-- AddForeignKey
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "accounts"("user_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "mailbox_entries" ADD CONSTRAINT "mailbox_entries_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "messages"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- Lengths that the protocol fixes: a row that breaks them was not written by Sealpost.
ALTER TABLE "accounts"
    ADD CONSTRAINT "accounts_lengths" CHECK (
        octet_length("salt") = 32
        AND octet_length("auth_public_key") = 32
        AND octet_length("recovery_auth_public_key") = 32
        AND "credential_version" >= 1
    );
ALTER TABLE "handles" ADD CONSTRAINT "handles_lengths" CHECK (octet_length("handle_signature") = 64);
ALTER TABLE "key_statements"
    ADD CONSTRAINT "key_statements_lengths" CHECK (
        "version" >= 1
        AND octet_length("keys_hash") = 32
        AND octet_length("signature") = 64
        AND octet_length("previous_signature") = 64
    );
ALTER TABLE "mailboxes"
    ADD CONSTRAINT "mailboxes_positions" CHECK ("acknowledged_up_to" BETWEEN 0 AND "last_sequence");

-- Ciphertext does not compress: do not try.
ALTER TABLE "messages" ALTER COLUMN "ciphertext" SET STORAGE EXTERNAL;
ALTER TABLE "vaults" ALTER COLUMN "vault" SET STORAGE EXTERNAL;
