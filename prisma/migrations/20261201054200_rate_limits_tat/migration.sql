-- The theoretical arrival time of GCRA, under its own name.
ALTER TABLE "rate_limits" RENAME COLUMN "full_at" TO "tat";
ALTER INDEX "rate_limits_full_at_idx" RENAME TO "rate_limits_tat_idx";
