-- Deletion after acknowledgement: how far it got in each mailbox, and what the sweeper deletes there next.
ALTER TABLE "mailboxes"
    ADD COLUMN "swept_up_to" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "sweep_to" BIGINT,
    ADD COLUMN "sweep_at" TIMESTAMPTZ(3),
    ADD CONSTRAINT "mailboxes_sweeps" CHECK (
        "swept_up_to" BETWEEN 0 AND "acknowledged_up_to"
        AND ("sweep_to" IS NULL OR "sweep_to" BETWEEN "swept_up_to" AND "acknowledged_up_to")
        AND ("sweep_to" IS NULL) = ("sweep_at" IS NULL)
    );

-- Only mailboxes where the sweeper has something to do.
CREATE INDEX "mailboxes_sweep_at_idx" ON "mailboxes"("sweep_at") WHERE "sweep_at" IS NOT NULL;

-- Room in each page, so that the counters of a mailbox are updated beside themselves, without touching an index (HOT).
-- It counts for pages to come; VACUUM FULL "mailboxes" applies it to those there are.
ALTER TABLE "mailboxes" SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);

-- Sweeps take away a small part of a large table again and again: vacuum then, not at a fifth of it.
ALTER TABLE "messages" SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02,
    toast.autovacuum_vacuum_scale_factor = 0.02
);
ALTER TABLE "mailbox_entries" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
