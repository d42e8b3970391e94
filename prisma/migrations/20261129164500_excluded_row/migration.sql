-- The code, the GraphQL schema and the docs call these rows excluded; the table follows.
ALTER TABLE "left_out_row" RENAME TO "excluded_row";
ALTER TABLE "excluded_row" RENAME CONSTRAINT "left_out_row_pkey" TO "excluded_row_pkey";
ALTER TABLE "excluded_row" RENAME CONSTRAINT "left_out_row_ingestion_id_fkey" TO "excluded_row_ingestion_id_fkey";
ALTER INDEX "left_out_row_symbol_outcome_code_idx" RENAME TO "excluded_row_symbol_outcome_code_idx";
