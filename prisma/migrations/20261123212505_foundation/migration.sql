-- CreateEnum
CREATE TYPE "Market" AS ENUM ('KOSPI', 'KOSDAQ', 'KONEX');

-- CreateEnum
CREATE TYPE "SymbolKind" AS ENUM ('INDEX', 'SHARE');

-- CreateEnum
CREATE TYPE "IngestionSource" AS ENUM ('FILE', 'API', 'SIMULATOR');

-- CreateEnum
CREATE TYPE "VersionOrigin" AS ENUM ('SAMPLE', 'MANUAL');

-- CreateEnum
CREATE TYPE "ForecastOrigin" AS ENUM ('ISSUED', 'REPLAY');

-- CreateEnum
CREATE TYPE "ServedBy" AS ENUM ('PERSISTENCE', 'MODEL');

-- CreateEnum
CREATE TYPE "RunKind" AS ENUM ('RETRAIN');

-- CreateEnum
CREATE TYPE "RunStatus" AS ENUM ('SUCCEEDED', 'FAILED');

-- CreateTable
CREATE TABLE "symbol" (
    "id" SERIAL NOT NULL,
    "code" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "kind" "SymbolKind" NOT NULL,
    "market" "Market",
    "currency" TEXT NOT NULL DEFAULT 'KRW',
    "decimals" SMALLINT NOT NULL,
    "simulated" BOOLEAN NOT NULL DEFAULT false,
    "data_version" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "symbol_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "bar" (
    "symbol_id" INTEGER NOT NULL,
    "session" DATE NOT NULL,
    "open" DOUBLE PRECISION NOT NULL,
    "high" DOUBLE PRECISION NOT NULL,
    "low" DOUBLE PRECISION NOT NULL,
    "close" DOUBLE PRECISION NOT NULL,
    "volume" BIGINT NOT NULL,
    "flags" SMALLINT NOT NULL DEFAULT 0,
    "ingestion_id" INTEGER NOT NULL,
    "known_at" TIMESTAMPTZ(6) NOT NULL,
    "data_version" INTEGER NOT NULL,

    CONSTRAINT "bar_pkey" PRIMARY KEY ("symbol_id","session")
);

-- CreateTable
CREATE TABLE "ingestion" (
    "id" SERIAL NOT NULL,
    "source" "IngestionSource" NOT NULL,
    "label" TEXT NOT NULL,
    "checksum" TEXT NOT NULL,
    "received_rows" INTEGER NOT NULL,
    "stored_rows" INTEGER NOT NULL,
    "unchanged_rows" INTEGER NOT NULL,
    "rejected_rows" INTEGER NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "ingestion_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "rejected_row" (
    "ingestion_id" INTEGER NOT NULL,
    "ordinal" INTEGER NOT NULL,
    "row" INTEGER NOT NULL,
    "symbol" TEXT,
    "session" TEXT,
    "field" TEXT,
    "value" TEXT,
    "code" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "rejected_row_pkey" PRIMARY KEY ("ingestion_id","ordinal")
);

-- CreateTable
CREATE TABLE "recipe" (
    "hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "config" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "recipe_pkey" PRIMARY KEY ("hash")
);

-- CreateTable
CREATE TABLE "model_version" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "symbol_id" INTEGER NOT NULL,
    "recipe_name" TEXT NOT NULL,
    "recipe_hash" TEXT NOT NULL,
    "number" INTEGER NOT NULL,
    "data_version" INTEGER NOT NULL,
    "window_first" DATE NOT NULL,
    "window_last" DATE NOT NULL,
    "bar_count" INTEGER NOT NULL,
    "sample_count" INTEGER NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "seed" INTEGER NOT NULL,
    "scaler" JSONB NOT NULL,
    "metrics" JSONB NOT NULL,
    "engine" TEXT NOT NULL,
    "engine_version" TEXT NOT NULL,
    "device" TEXT NOT NULL,
    "origin" "VersionOrigin" NOT NULL,
    "content_hash" TEXT NOT NULL,
    "duration_ms" DOUBLE PRECISION NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "model_version_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "model_member" (
    "model_version_id" UUID NOT NULL,
    "ordinal" SMALLINT NOT NULL,
    "seed" INTEGER NOT NULL,
    "weights" BYTEA NOT NULL,
    "losses" DOUBLE PRECISION[],

    CONSTRAINT "model_member_pkey" PRIMARY KEY ("model_version_id","ordinal")
);

-- CreateTable
CREATE TABLE "prediction" (
    "id" BIGSERIAL NOT NULL,
    "symbol_id" INTEGER NOT NULL,
    "target_session" DATE NOT NULL,
    "contender" TEXT NOT NULL,
    "model_version_id" UUID,
    "based_on_session" DATE NOT NULL,
    "predicted_close" DOUBLE PRECISION NOT NULL,
    "scaled_output" DOUBLE PRECISION,
    "saturated" BOOLEAN NOT NULL DEFAULT false,
    "data_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,
    "forecast_id" UUID,

    CONSTRAINT "prediction_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "forecast" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "symbol_id" INTEGER NOT NULL,
    "target_session" DATE NOT NULL,
    "based_on_session" DATE NOT NULL,
    "origin" "ForecastOrigin" NOT NULL,
    "served_by" "ServedBy" NOT NULL,
    "served_reason" TEXT NOT NULL,
    "predicted_close" DOUBLE PRECISION NOT NULL,
    "persistence_close" DOUBLE PRECISION NOT NULL,
    "model_version_id" UUID,
    "data_version" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "forecast_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" "RunKind" NOT NULL,
    "status" "RunStatus" NOT NULL,
    "origin" "VersionOrigin" NOT NULL,
    "symbol_id" INTEGER NOT NULL,
    "recipe_name" TEXT NOT NULL,
    "seed" INTEGER NOT NULL,
    "as_of_session" DATE,
    "started_at" TIMESTAMPTZ(6) NOT NULL,
    "finished_at" TIMESTAMPTZ(6) NOT NULL,
    "error_code" TEXT,
    "error_message" TEXT,
    "model_version_id" UUID,
    "version_created" BOOLEAN NOT NULL DEFAULT false,
    "forecast_id" UUID,
    "forecast_created" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "symbol_code_key" ON "symbol"("code");

-- CreateIndex
CREATE INDEX "ingestion_checksum_idx" ON "ingestion"("checksum");

-- CreateIndex
CREATE UNIQUE INDEX "model_version_symbol_id_recipe_hash_fingerprint_seed_engine_key" ON "model_version"("symbol_id", "recipe_hash", "fingerprint", "seed", "engine_version");

-- CreateIndex
CREATE UNIQUE INDEX "model_version_symbol_id_recipe_name_number_key" ON "model_version"("symbol_id", "recipe_name", "number");

-- CreateIndex
CREATE INDEX "prediction_symbol_id_target_session_idx" ON "prediction"("symbol_id", "target_session");

-- CreateIndex
CREATE UNIQUE INDEX "prediction_model_version_id_target_session_key" ON "prediction"("model_version_id", "target_session");

-- CreateIndex
CREATE UNIQUE INDEX "prediction_forecast_id_contender_key" ON "prediction"("forecast_id", "contender");

-- CreateIndex
CREATE INDEX "forecast_symbol_id_target_session_created_at_idx" ON "forecast"("symbol_id", "target_session", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "forecast_issued_once" ON "forecast"("symbol_id", "target_session") WHERE ("origin" = 'ISSUED');

-- CreateIndex
CREATE UNIQUE INDEX "forecast_replayed_once" ON "forecast"("symbol_id", "target_session", "model_version_id") WHERE ("origin" = 'REPLAY');

-- CreateIndex
CREATE INDEX "run_started_at_id_idx" ON "run"("started_at", "id");

-- AddForeignKey
ALTER TABLE "rejected_row" ADD CONSTRAINT "rejected_row_ingestion_id_fkey" FOREIGN KEY ("ingestion_id") REFERENCES "ingestion"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_version" ADD CONSTRAINT "model_version_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_version" ADD CONSTRAINT "model_version_recipe_hash_fkey" FOREIGN KEY ("recipe_hash") REFERENCES "recipe"("hash") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "model_member" ADD CONSTRAINT "model_member_model_version_id_fkey" FOREIGN KEY ("model_version_id") REFERENCES "model_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "prediction" ADD CONSTRAINT "prediction_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "prediction" ADD CONSTRAINT "prediction_model_version_id_fkey" FOREIGN KEY ("model_version_id") REFERENCES "model_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "prediction" ADD CONSTRAINT "prediction_forecast_id_fkey" FOREIGN KEY ("forecast_id") REFERENCES "forecast"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "forecast" ADD CONSTRAINT "forecast_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "forecast" ADD CONSTRAINT "forecast_model_version_id_fkey" FOREIGN KEY ("model_version_id") REFERENCES "model_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_model_version_id_fkey" FOREIGN KEY ("model_version_id") REFERENCES "model_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run" ADD CONSTRAINT "run_forecast_id_fkey" FOREIGN KEY ("forecast_id") REFERENCES "forecast"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Checks: what must never be stored, whoever writes. Prisma's schema cannot say these, and its diff does not
-- see them, so they live here alone. PostgreSQL sorts NaN above Infinity, so `< 'Infinity'` refuses both.
ALTER TABLE "bar"
    ADD CONSTRAINT "bar_prices_ordered" CHECK ("low" <= "open" AND "open" <= "high" AND "low" <= "close" AND "close" <= "high"),
    ADD CONSTRAINT "bar_prices_positive_and_finite" CHECK ("low" > 0 AND "high" < 'Infinity'),
    ADD CONSTRAINT "bar_volume_not_negative" CHECK ("volume" >= 0);

ALTER TABLE "model_version"
    ADD CONSTRAINT "model_version_number_from_1" CHECK ("number" >= 1),
    ADD CONSTRAINT "model_version_window_ordered" CHECK ("window_first" <= "window_last");

ALTER TABLE "prediction"
    ADD CONSTRAINT "prediction_sees_only_the_past" CHECK ("based_on_session" < "target_session"),
    ADD CONSTRAINT "prediction_contender_has_its_version" CHECK (("contender" = 'persistence') = ("model_version_id" IS NULL)),
    ADD CONSTRAINT "prediction_finite" CHECK ("predicted_close" > '-Infinity' AND "predicted_close" < 'Infinity');

ALTER TABLE "forecast"
    ADD CONSTRAINT "forecast_sees_only_the_past" CHECK ("based_on_session" < "target_session"),
    ADD CONSTRAINT "forecast_model_has_its_version" CHECK ("served_by" <> 'MODEL' OR "model_version_id" IS NOT NULL),
    ADD CONSTRAINT "forecast_persistence_repeats_the_close" CHECK ("served_by" <> 'PERSISTENCE' OR "predicted_close" = "persistence_close"),
    ADD CONSTRAINT "forecast_finite" CHECK ("predicted_close" > '-Infinity' AND "predicted_close" < 'Infinity');

ALTER TABLE "run"
    ADD CONSTRAINT "run_failed_with_a_code" CHECK (("status" = 'FAILED') = ("error_code" IS NOT NULL)),
    ADD CONSTRAINT "run_ends_after_its_start" CHECK ("started_at" <= "finished_at");
