-- What outlives an erased account for a while: ids of its sessions, for the other replicas, and a mailbox that is yet to be
-- emptied. The index finds the invitation that an erased user had used.
-- CreateTable
CREATE TABLE "erased_sessions" (
    "id" UUID NOT NULL,
    "revoked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erased_sessions_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "erased_mailboxes" (
    "user_id" UUID NOT NULL,
    "erased_at" TIMESTAMPTZ(3) NOT NULL,
    "swept_up_to" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "erased_mailboxes_pkey" PRIMARY KEY ("user_id")
);

-- CreateIndex
CREATE INDEX "erased_sessions_revoked_at_idx" ON "erased_sessions"("revoked_at");

-- CreateIndex
CREATE INDEX "erased_mailboxes_erased_at_idx" ON "erased_mailboxes"("erased_at");

-- CreateIndex
CREATE INDEX "invitations_used_by_idx" ON "invitations"("used_by");
