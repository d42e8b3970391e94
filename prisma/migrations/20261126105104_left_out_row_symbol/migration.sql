-- CreateIndex
CREATE INDEX "left_out_row_symbol_outcome_code_idx" ON "left_out_row"("symbol", "outcome", "code");
