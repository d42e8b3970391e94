-- CreateEnum
CREATE TYPE "TickTable" AS ENUM ('KOSPI', 'KOSDAQ', 'FUND');

-- AlterTable
ALTER TABLE "forecast" ADD COLUMN     "decimals" SMALLINT,
ADD COLUMN     "tick_table" "TickTable";

-- Forecasts from before have the decimals of their symbol, and no ticks: the bars they were computed from may have changed.
UPDATE "forecast" SET "decimals" = "symbol"."decimals" FROM "symbol" WHERE "symbol"."id" = "forecast"."symbol_id";
ALTER TABLE "forecast" ALTER COLUMN "decimals" SET NOT NULL;
