-- CreateEnum
CREATE TYPE "BacktestStatus" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "BacktestPart" AS ENUM ('TRAIN', 'TEST');

-- CreateEnum
CREATE TYPE "OrderOutcome" AS ENUM ('NONE', 'FILLED', 'UNFILLED');

-- CreateTable
CREATE TABLE "backtest" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "symbol_id" INTEGER NOT NULL,
    "status" "BacktestStatus" NOT NULL,
    "settings" JSONB NOT NULL,
    "recipe_hash" TEXT NOT NULL,
    "data_version" INTEGER NOT NULL,
    "as_of" TIMESTAMPTZ(6),
    "fingerprint" TEXT NOT NULL,
    "from_session" DATE NOT NULL,
    "to_session" DATE NOT NULL,
    "sessions" INTEGER NOT NULL,
    "folds" INTEGER NOT NULL,
    "done_sessions" INTEGER NOT NULL DEFAULT 0,
    "done_folds" INTEGER NOT NULL DEFAULT 0,
    "leaky" BOOLEAN NOT NULL,
    "optimistic" BOOLEAN NOT NULL,
    "engine" TEXT,
    "engine_version" TEXT,
    "device" TEXT,
    "engine_reason" TEXT,
    "loss_curve" DOUBLE PRECISION[],
    "metrics" JSONB,
    "claim" INTEGER NOT NULL DEFAULT 0,
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "error_code" TEXT,
    "error_message" TEXT,
    "requested_at" TIMESTAMPTZ(6) NOT NULL,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "backtest_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "backtest_row" (
    "backtest_id" UUID NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "fold" INTEGER NOT NULL,
    "session" DATE NOT NULL,
    "part" "BacktestPart" NOT NULL,
    "actual_close" DOUBLE PRECISION NOT NULL,
    "previous_close" DOUBLE PRECISION NOT NULL,
    "predicted_close" DOUBLE PRECISION,
    "scaled_output" DOUBLE PRECISION,
    "saturated" BOOLEAN NOT NULL,
    "lower80" DOUBLE PRECISION,
    "upper80" DOUBLE PRECISION,
    "lower95" DOUBLE PRECISION,
    "upper95" DOUBLE PRECISION,
    "target" SMALLINT,
    "order" "OrderOutcome",
    "fill_price" DOUBLE PRECISION,
    "position" SMALLINT,
    "turnover" DOUBLE PRECISION,
    "trading_costs" DOUBLE PRECISION,
    "tax" DOUBLE PRECISION,
    "gross_equity" DOUBLE PRECISION,
    "net_equity" DOUBLE PRECISION,
    "hold_gross_equity" DOUBLE PRECISION,
    "hold_net_equity" DOUBLE PRECISION,

    CONSTRAINT "backtest_row_pkey" PRIMARY KEY ("backtest_id","ordinal")
);

-- CreateTable
CREATE TABLE "backtest_certificate" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "backtest_id" UUID NOT NULL,
    "session" DATE NOT NULL,
    "passed" BOOLEAN NOT NULL,
    "corrupted_bars" INTEGER NOT NULL,
    "compared_rows" INTEGER NOT NULL,
    "first_difference" DATE,
    "differing_field" TEXT,
    "engine_version" TEXT NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "backtest_certificate_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "backtest_requested_at_id_idx" ON "backtest"("requested_at", "id");

-- CreateIndex
CREATE INDEX "backtest_symbol_id_requested_at_id_idx" ON "backtest"("symbol_id", "requested_at", "id");

-- CreateIndex
CREATE INDEX "backtest_certificate_backtest_id_at_idx" ON "backtest_certificate"("backtest_id", "at");

-- AddForeignKey
ALTER TABLE "backtest" ADD CONSTRAINT "backtest_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backtest_row" ADD CONSTRAINT "backtest_row_backtest_id_fkey" FOREIGN KEY ("backtest_id") REFERENCES "backtest"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "backtest_certificate" ADD CONSTRAINT "backtest_certificate_backtest_id_fkey" FOREIGN KEY ("backtest_id") REFERENCES "backtest"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Checks, as in the first migration: what must never be stored, whoever writes.
ALTER TABLE "backtest"
    ADD CONSTRAINT "backtest_failed_with_a_code" CHECK (("status" = 'FAILED') = ("error_code" IS NOT NULL)),
    ADD CONSTRAINT "backtest_done_within_plan" CHECK ("done_folds" BETWEEN 0 AND "folds" AND "done_sessions" BETWEEN 0 AND "sessions"),
    ADD CONSTRAINT "backtest_sessions_ordered" CHECK ("from_session" <= "to_session");
