-- CreateEnum
CREATE TYPE "RowOutcome" AS ENUM ('REJECTED', 'DROPPED');

-- CreateEnum
CREATE TYPE "SyncStatus" AS ENUM ('STORED', 'UNCHANGED', 'FAILED');

-- CreateEnum
CREATE TYPE "RevisionReason" AS ENUM ('CORRECTED', 'WITHDRAWN', 'ADJUSTED');

-- AlterEnum
ALTER TYPE "IngestionSource" ADD VALUE 'PROVIDER';

-- AlterTable
ALTER TABLE "ingestion" ADD COLUMN     "corrected_rows" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "dropped_rows" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "note" TEXT,
ADD COLUMN     "rank" SMALLINT NOT NULL DEFAULT 50,
ADD COLUMN     "withdrawn_rows" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "model_version" ADD COLUMN     "adjusted_version" INTEGER;

-- CreateTable
CREATE TABLE "bar_revision" (
    "symbol_id" INTEGER NOT NULL,
    "session" DATE NOT NULL,
    "open" DOUBLE PRECISION NOT NULL,
    "high" DOUBLE PRECISION NOT NULL,
    "low" DOUBLE PRECISION NOT NULL,
    "close" DOUBLE PRECISION NOT NULL,
    "volume" BIGINT NOT NULL,
    "flags" SMALLINT NOT NULL,
    "ingestion_id" INTEGER NOT NULL,
    "known_at" TIMESTAMPTZ(6) NOT NULL,
    "data_version" INTEGER NOT NULL,
    "reason" "RevisionReason" NOT NULL,
    "replaced_ingestion_id" INTEGER NOT NULL,
    "replaced_at" TIMESTAMPTZ(6) NOT NULL,
    "replaced_version" INTEGER NOT NULL,

    CONSTRAINT "bar_revision_pkey" PRIMARY KEY ("symbol_id","session","data_version")
);

-- CreateTable
CREATE TABLE "data_version" (
    "symbol_id" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,
    "known_at" TIMESTAMPTZ(6) NOT NULL,
    "ingestion_id" INTEGER NOT NULL,

    CONSTRAINT "data_version_pkey" PRIMARY KEY ("symbol_id","version")
);

-- A rename by hand, where the comparison would drop the table and its rows.
ALTER TABLE "rejected_row" RENAME TO "left_out_row";
ALTER TABLE "left_out_row" RENAME CONSTRAINT "rejected_row_pkey" TO "left_out_row_pkey";
ALTER TABLE "left_out_row" RENAME CONSTRAINT "rejected_row_ingestion_id_fkey" TO "left_out_row_ingestion_id_fkey";
ALTER TABLE "left_out_row" ADD COLUMN "outcome" "RowOutcome" NOT NULL DEFAULT 'REJECTED';

-- CreateTable
CREATE TABLE "sync_attempt" (
    "id" SERIAL NOT NULL,
    "symbol" TEXT NOT NULL,
    "provider" TEXT NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,
    "status" "SyncStatus" NOT NULL,
    "from_session" DATE NOT NULL,
    "to_session" DATE NOT NULL,
    "received_rows" INTEGER NOT NULL,
    "requests" INTEGER NOT NULL,
    "error_code" TEXT,
    "error_message" TEXT,
    "ingestion_id" INTEGER,
    "duration_ms" DOUBLE PRECISION NOT NULL,

    CONSTRAINT "sync_attempt_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "data_version_ingestion_id_idx" ON "data_version"("ingestion_id");

-- CreateIndex
CREATE UNIQUE INDEX "data_version_symbol_id_known_at_key" ON "data_version"("symbol_id", "known_at");

-- CreateIndex
CREATE INDEX "sync_attempt_symbol_id_idx" ON "sync_attempt"("symbol", "id");

-- Data versions of bars that are there already. Until now no bar was ever replaced, so each version still has its
-- bars; their times may be equal, and must not be.
INSERT INTO "data_version" ("symbol_id", "version", "known_at", "ingestion_id")
SELECT "symbol_id", "data_version", max("known_at") + ("data_version" - 1) * interval '1 millisecond', max("ingestion_id")
FROM "bar" GROUP BY "symbol_id", "data_version";

-- Checks, as in the first migration: what must never be stored, whoever writes.
ALTER TABLE "bar_revision"
    ADD CONSTRAINT "bar_revision_was_known_for_a_while" CHECK ("data_version" < "replaced_version" AND "known_at" < "replaced_at");

ALTER TABLE "data_version"
    ADD CONSTRAINT "data_version_from_1" CHECK ("version" >= 1);

ALTER TABLE "sync_attempt"
    ADD CONSTRAINT "sync_attempt_failed_with_a_code" CHECK (("status" = 'FAILED') = ("error_code" IS NOT NULL));
