-- What somebody has used up of a limit may be forgotten when the database crashes. Unlogged, it costs no flush to the
-- disk, whatever the load.
-- CreateTable
CREATE UNLOGGED TABLE "rate_limits" (
    "key" BYTEA NOT NULL,
    "full_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "rate_limits_pkey" PRIMARY KEY ("key")
);

-- CreateIndex
CREATE INDEX "rate_limits_full_at_idx" ON "rate_limits"("full_at");

ALTER TABLE "rate_limits" ADD CONSTRAINT "rate_limits_lengths" CHECK (octet_length("key") = 16);
