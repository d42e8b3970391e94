-- DropForeignKey
ALTER TABLE "night_outcome" DROP CONSTRAINT "night_outcome_date_fkey";

-- DropForeignKey
ALTER TABLE "night_outcome" DROP CONSTRAINT "night_outcome_symbol_id_fkey";

-- AlterTable
ALTER TABLE "night" DROP CONSTRAINT "night_pkey",
ADD COLUMN     "simulated" BOOLEAN NOT NULL DEFAULT false,
ADD CONSTRAINT "night_pkey" PRIMARY KEY ("date", "simulated");

-- AlterTable
ALTER TABLE "night_outcome" ADD COLUMN     "simulated" BOOLEAN NOT NULL DEFAULT false;

-- CreateIndex
CREATE UNIQUE INDEX "symbol_id_simulated_key" ON "symbol"("id", "simulated");

-- Nights used to be about simulated symbols too: such a night becomes two, each with its own outcomes.
UPDATE "night" SET "expected" = "expected" - cardinality("recipes") * (
    SELECT count(*) FROM "symbol" WHERE "simulated" AND EXISTS (
        SELECT FROM "bar" WHERE "symbol_id" = "symbol"."id" AND "session" = "night"."date"
    )
)
WHERE "expected" IS NOT NULL AND "finished_at" IS NULL;

WITH moved AS (
    SELECT "night_outcome"."date", count(*)::int AS "outcomes", max("at") AS "at",
        bool_or("status" IN ('SUCCEEDED', 'ALREADY_ISSUED')) AS "succeeded"
    FROM "night_outcome" JOIN "symbol" ON "symbol"."id" = "symbol_id" AND "symbol"."simulated"
    GROUP BY 1
), reduced AS (
    UPDATE "night" SET "expected" = "expected" - moved."outcomes" FROM moved
    WHERE "night"."date" = moved."date" AND "expected" IS NOT NULL AND "finished_at" IS NOT NULL
)
INSERT INTO "night" ("date", "simulated", "status", "trigger", "reason", "recipes", "claim", "expected", "requested_at",
    "started_at", "finished_at")
SELECT "date", true, (CASE WHEN "succeeded" THEN 'SUCCEEDED' ELSE 'FAILED' END)::"NightStatus", "trigger",
    CASE WHEN "succeeded" THEN NULL ELSE 'no fit of a simulated symbol succeeded; the outcomes give the reasons' END,
    "recipes", "claim", "outcomes", "requested_at", "started_at", coalesce("finished_at", "at")
FROM "night" JOIN moved USING ("date");

UPDATE "night_outcome" SET "simulated" = true FROM "symbol"
WHERE "symbol"."id" = "symbol_id" AND "symbol"."simulated";

DELETE FROM "night" WHERE NOT "simulated" AND "expected" = 0 AND "finished_at" IS NOT NULL
    AND EXISTS (SELECT FROM "night" AS other WHERE other."date" = "night"."date" AND other."simulated");

-- AddForeignKey
ALTER TABLE "night_outcome" ADD CONSTRAINT "night_outcome_date_simulated_fkey" FOREIGN KEY ("date", "simulated") REFERENCES "night"("date", "simulated") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "night_outcome" ADD CONSTRAINT "night_outcome_symbol_id_simulated_fkey" FOREIGN KEY ("symbol_id", "simulated") REFERENCES "symbol"("id", "simulated") ON DELETE RESTRICT ON UPDATE CASCADE;
