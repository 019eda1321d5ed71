-- CreateIndex
CREATE INDEX "accounts_suite_idx" ON "accounts"("suite");
