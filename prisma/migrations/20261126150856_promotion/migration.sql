-- CreateEnum
CREATE TYPE "PromotionKind" AS ENUM ('TAKEOVER', 'GIVE_WAY', 'PIN', 'ROLLBACK');

-- DropIndex
DROP INDEX "prediction_forecast_id_contender_key";

-- AlterTable
ALTER TABLE "forecast" ADD COLUMN     "contender" TEXT NOT NULL DEFAULT 'persistence',
ADD COLUMN     "drift" JSONB,
ADD COLUMN     "warming_up" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "prediction" ADD COLUMN     "previous_close" DOUBLE PRECISION,
ADD COLUMN     "recipe_hash" TEXT,
ADD COLUMN     "refit_every" SMALLINT;

-- What was said before started from the close that its forecast repeats, or else from the bar as it is known now. What
-- nights said is the first of their walk-forwards.
UPDATE "prediction" SET "previous_close" = coalesce(
    (SELECT "persistence_close" FROM "forecast" WHERE "forecast"."id" = "prediction"."forecast_id"),
    (SELECT "persistence_close" FROM "forecast" WHERE "forecast"."symbol_id" = "prediction"."symbol_id"
       AND "forecast"."target_session" = "prediction"."target_session"
       AND "forecast"."based_on_session" = "prediction"."based_on_session" LIMIT 1),
    (SELECT "close" FROM "bar" WHERE "bar"."symbol_id" = "prediction"."symbol_id"
       AND "bar"."session" = "prediction"."based_on_session"),
    "predicted_close");
UPDATE "prediction" SET "recipe_hash" = "model_version"."recipe_hash", "refit_every" = 1
FROM "model_version" WHERE "model_version"."id" = "prediction"."model_version_id" AND "model_version"."origin"::text = 'NIGHT';
ALTER TABLE "prediction" ALTER COLUMN "previous_close" SET NOT NULL;

-- CreateTable
CREATE TABLE "promotion" (
    "symbol_id" INTEGER NOT NULL,
    "number" INTEGER NOT NULL,
    "kind" "PromotionKind" NOT NULL,
    "contender" TEXT NOT NULL,
    "pinned_version_id" UUID,
    "reason" TEXT NOT NULL,
    "effective_from" DATE NOT NULL,
    "evaluation" JSONB,
    "replaces" INTEGER,
    "restores" INTEGER,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "promotion_pkey" PRIMARY KEY ("symbol_id","number")
);

-- CreateIndex
CREATE UNIQUE INDEX "prediction_persistence_once" ON "prediction"("forecast_id") WHERE ("contender" = 'persistence');

-- CreateIndex
CREATE UNIQUE INDEX "prediction_walked_once" ON "prediction"("symbol_id", "contender", "recipe_hash", "target_session") WHERE ("refit_every" IS NOT NULL);

-- CreateIndex
CREATE INDEX "prediction_forecast_id_idx" ON "prediction"("forecast_id");

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_symbol_id_fkey" FOREIGN KEY ("symbol_id") REFERENCES "symbol"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "promotion" ADD CONSTRAINT "promotion_pinned_version_id_fkey" FOREIGN KEY ("pinned_version_id") REFERENCES "model_version"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Checks, as in the first migration: what must never be stored, whoever writes.
ALTER TABLE "prediction"
    DROP CONSTRAINT "prediction_contender_has_its_version",
    ADD CONSTRAINT "prediction_persistence_has_no_version" CHECK ("contender" <> 'persistence' OR ("model_version_id" IS NULL AND "recipe_hash" IS NULL)),
    ADD CONSTRAINT "prediction_recipe_has_its_version" CHECK ("contender" = 'persistence' OR "model_version_id" IS NOT NULL OR "refit_every" > 1),
    ADD CONSTRAINT "prediction_walked_by_a_recipe" CHECK ("refit_every" IS NULL OR ("refit_every" > 0 AND "recipe_hash" IS NOT NULL)),
    ADD CONSTRAINT "prediction_started_from_a_price" CHECK ("previous_close" > 0 AND "previous_close" < 'Infinity');

ALTER TABLE "forecast"
    ADD CONSTRAINT "forecast_contender_serves" CHECK (("served_by" = 'PERSISTENCE') = ("contender" = 'persistence'));

ALTER TABLE "promotion"
    ADD CONSTRAINT "promotion_counts_from_one" CHECK ("number" > 0),
    ADD CONSTRAINT "promotion_pin_has_its_version" CHECK ("kind" <> 'PIN' OR "pinned_version_id" IS NOT NULL),
    ADD CONSTRAINT "promotion_of_a_recipe_is_its_newest" CHECK ("kind" <> 'TAKEOVER' OR ("pinned_version_id" IS NULL AND "contender" <> 'persistence')),
    ADD CONSTRAINT "promotion_gives_way_to_persistence" CHECK ("kind" <> 'GIVE_WAY' OR ("pinned_version_id" IS NULL AND "contender" = 'persistence')),
    ADD CONSTRAINT "promotion_persistence_has_no_version" CHECK ("contender" <> 'persistence' OR "pinned_version_id" IS NULL),
    ADD CONSTRAINT "promotion_only_rollbacks_restore" CHECK ("kind" = 'ROLLBACK' OR "restores" IS NULL),
    ADD CONSTRAINT "promotion_stands_on_earlier_ones" CHECK ("replaces" < "number" AND "restores" < coalesce("replaces", "number")),
    ADD CONSTRAINT "promotion_says_why" CHECK ("reason" <> '');

-- A ledger is only written on.
CREATE FUNCTION "promotion_refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger of promotions is append-only: % of an entry is refused', TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'rollbackPromotion adds an entry that takes the last decision back';
END
$$;
CREATE TRIGGER "promotion_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "promotion"
    FOR EACH STATEMENT EXECUTE FUNCTION "promotion_refuse_change"();
