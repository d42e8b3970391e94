-- AlterTable
ALTER TABLE "forecast" ADD COLUMN     "actual_close" DOUBLE PRECISION,
ADD COLUMN     "lower80" DOUBLE PRECISION,
ADD COLUMN     "lower95" DOUBLE PRECISION,
ADD COLUMN     "realised_at" TIMESTAMPTZ(6),
ADD COLUMN     "upper80" DOUBLE PRECISION,
ADD COLUMN     "upper95" DOUBLE PRECISION;

-- Forecasts that were made before learn what their sessions came to, where that has happened.
UPDATE "forecast" SET "actual_close" = "bar"."close", "realised_at" = "bar"."known_at"
FROM "bar" WHERE "bar"."symbol_id" = "forecast"."symbol_id" AND "bar"."session" = "forecast"."target_session";

-- Checks, as in the first migration: what must never be stored, whoever writes.
ALTER TABLE "forecast"
    ADD CONSTRAINT "forecast_intervals_nested" CHECK (("lower95" IS NULL) = ("lower80" IS NULL) AND "lower95" <= "lower80" AND "lower80" <= "upper80" AND "upper80" <= "upper95"),
    ADD CONSTRAINT "forecast_realised_at_a_time" CHECK (("actual_close" IS NULL) = ("realised_at" IS NULL));
