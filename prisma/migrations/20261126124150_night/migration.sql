-- CreateEnum
CREATE TYPE "NightStatus" AS ENUM ('RUNNING', 'STALE', 'SUCCEEDED', 'FAILED', 'MISSED', 'SKIPPED');

-- CreateEnum
CREATE TYPE "NightTrigger" AS ENUM ('SCHEDULE', 'CATCH_UP', 'MANUAL');

-- CreateEnum
CREATE TYPE "NightOutcomeStatus" AS ENUM ('SUCCEEDED', 'FAILED', 'ALREADY_ISSUED', 'STALE');

-- AlterEnum
ALTER TYPE "VersionOrigin" ADD VALUE 'NIGHT';

-- AlterTable
ALTER TABLE "model_version" ADD COLUMN     "night" DATE;

-- CreateTable
CREATE TABLE "night" (
    "date" DATE NOT NULL,
    "status" "NightStatus" NOT NULL,
    "trigger" "NightTrigger" NOT NULL,
    "reason" TEXT,
    "recipes" TEXT[],
    "claim" INTEGER NOT NULL DEFAULT 0,
    "expected" INTEGER,
    "requested_at" TIMESTAMPTZ(6) NOT NULL,
    "started_at" TIMESTAMPTZ(6),
    "finished_at" TIMESTAMPTZ(6),
    "next_try_at" TIMESTAMPTZ(6),

    CONSTRAINT "night_pkey" PRIMARY KEY ("date")
);

-- CreateTable
CREATE TABLE "night_outcome" (
    "date" DATE NOT NULL,
    "symbol_id" INTEGER NOT NULL,
    "recipe_name" TEXT NOT NULL,
    "status" "NightOutcomeStatus" NOT NULL,
    "model_version_id" UUID,
    "forecast_id" UUID,
    "error_code" TEXT,
    "error_message" TEXT,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "night_outcome_pkey" PRIMARY KEY ("date","symbol_id","recipe_name")
);

-- CreateTable
CREATE TABLE "schedule_state" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "paused" BOOLEAN NOT NULL,
    "reason" TEXT,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "schedule_state_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "model_version_symbol_id_recipe_name_night_key" ON "model_version"("symbol_id", "recipe_name", "night");

-- AddForeignKey
ALTER TABLE "night_outcome" ADD CONSTRAINT "night_outcome_date_fkey" FOREIGN KEY ("date") REFERENCES "night"("date") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "night_outcome" ADD CONSTRAINT "night_outcome_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "night_outcome" ADD CONSTRAINT "night_outcome_model_version_id_fkey" FOREIGN KEY ("model_version_id") REFERENCES "model_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "night_outcome" ADD CONSTRAINT "night_outcome_forecast_id_fkey" FOREIGN KEY ("forecast_id") REFERENCES "forecast"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Checks, as in the first migration: what must never be stored, whoever writes.
ALTER TABLE "model_version"
    -- Compared as text: a value that this transaction has added to an enum cannot be used in it yet.
    ADD CONSTRAINT "model_version_night_has_its_session" CHECK (("origin"::text = 'NIGHT') = ("night" IS NOT NULL));

ALTER TABLE "night"
    ADD CONSTRAINT "night_running_has_not_ended" CHECK ("status" <> 'RUNNING' OR "finished_at" IS NULL),
    ADD CONSTRAINT "night_ended_at_a_time" CHECK ("status" IN ('RUNNING', 'STALE') OR "finished_at" IS NOT NULL),
    ADD CONSTRAINT "night_stale_is_retried_or_over" CHECK ("status" <> 'STALE' OR ("next_try_at" IS NULL) = ("finished_at" IS NOT NULL)),
    ADD CONSTRAINT "night_retried_only_where_stale" CHECK ("status" = 'STALE' OR "next_try_at" IS NULL),
    ADD CONSTRAINT "night_says_why" CHECK ("status" NOT IN ('STALE', 'FAILED', 'MISSED', 'SKIPPED') OR "reason" IS NOT NULL);

ALTER TABLE "night_outcome"
    ADD CONSTRAINT "night_outcome_failed_with_a_code" CHECK (("status" IN ('FAILED', 'STALE')) = ("error_code" IS NOT NULL)),
    ADD CONSTRAINT "night_outcome_has_its_forecast" CHECK ("status" NOT IN ('SUCCEEDED', 'ALREADY_ISSUED') OR ("model_version_id" IS NOT NULL AND "forecast_id" IS NOT NULL));

ALTER TABLE "schedule_state"
    ADD CONSTRAINT "schedule_state_is_one_row" CHECK ("id" = 1),
    ADD CONSTRAINT "schedule_paused_for_a_reason" CHECK ("paused" = ("reason" IS NOT NULL));
