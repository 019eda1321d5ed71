-- AlterTable
ALTER TABLE "reset_claims" ADD COLUMN     "deliver_at" TIMESTAMPTZ(3),
ADD COLUMN     "deliveries" INTEGER NOT NULL DEFAULT 0;

-- CreateIndex
CREATE INDEX "reset_claims_deliver_at_idx" ON "reset_claims"("deliver_at");
