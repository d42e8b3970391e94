-- CreateEnum
CREATE TYPE "ActionKind" AS ENUM ('SPLIT', 'CONSOLIDATION', 'BONUS', 'RIGHTS', 'MERGER', 'SPIN_OFF', 'CAPITAL_REDUCTION', 'LISTING', 'LIQUIDATION', 'OTHER');

-- CreateEnum
CREATE TYPE "ActionState" AS ENUM ('PROPOSED', 'CONFIRMED', 'DISMISSED');

-- CreateEnum
CREATE TYPE "UnscoredReason" AS ENUM ('BREAK');

-- AlterTable
ALTER TABLE "backtest" ADD COLUMN     "breaks" DATE[] DEFAULT ARRAY[]::DATE[];

-- AlterTable
ALTER TABLE "forecast" ADD COLUMN     "unscored" "UnscoredReason";

-- CreateTable
CREATE TABLE "corporate_action" (
    "symbol_id" INTEGER NOT NULL,
    "session" DATE NOT NULL,
    "kind" "ActionKind" NOT NULL,
    "ratio" DOUBLE PRECISION,
    "state" "ActionState" NOT NULL,
    "applied" BOOLEAN NOT NULL DEFAULT false,
    "source" TEXT NOT NULL,
    "note" TEXT,
    "data_version" INTEGER NOT NULL,
    "ended_version" INTEGER,
    "known_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "corporate_action_pkey" PRIMARY KEY ("symbol_id","session","kind","data_version")
);

-- CreateTable
CREATE TABLE "price_adjustment" (
    "symbol_id" INTEGER NOT NULL,
    "data_version" INTEGER NOT NULL,
    "first_session" DATE NOT NULL,
    "last_session" DATE NOT NULL,
    "ratio" DOUBLE PRECISION NOT NULL,
    "bars" INTEGER NOT NULL,
    "ingestion_id" INTEGER NOT NULL,

    CONSTRAINT "price_adjustment_pkey" PRIMARY KEY ("symbol_id","data_version","first_session")
);

-- One current form of an action, and ratios that are prices over prices.
CREATE UNIQUE INDEX "corporate_action_current" ON "corporate_action"("symbol_id", "session", "kind") WHERE "ended_version" IS NULL;
ALTER TABLE "corporate_action" ADD CONSTRAINT "corporate_action_ratio" CHECK ("ratio" > 0 AND "ratio" < 'Infinity');
ALTER TABLE "corporate_action" ADD CONSTRAINT "corporate_action_applied" CHECK (NOT "applied" OR ("ratio" IS NOT NULL AND "state" = 'CONFIRMED'));
ALTER TABLE "price_adjustment" ADD CONSTRAINT "price_adjustment_ratio" CHECK ("ratio" > 0 AND "ratio" < 'Infinity');
ALTER TABLE "price_adjustment" ADD CONSTRAINT "price_adjustment_sessions" CHECK ("first_session" <= "last_session");

-- The product of a set of ratios, 1 for none.
CREATE AGGREGATE "product"(double precision) (SFUNC = float8mul, STYPE = double precision, INITCOND = '1');

-- Flag the breaks of stored series (bit 6, BREAK), by the rule of domain/bars/actions/series-break.ts without actions.
WITH moved AS (
  SELECT symbol_id, session, close, lag(close) OVER one AS before, session - lag(session) OVER one AS days
  FROM bar WINDOW one AS (PARTITION BY symbol_id ORDER BY session)
), limited AS (
  SELECT symbol_id, session, close, before, 0.5 * 10.0::float8 ^ (-decimals) AS half,
         (CASE WHEN session >= '2015-06-15' THEN 0.3 ELSE 0.15 END) * (CASE WHEN kind IN ('ETF', 'ETN') THEN 2 ELSE 1 END) AS wide,
         CASE WHEN days <= 11 THEN 1 ELSE least(10, days * 5 / 7) END AS sessions
  FROM moved JOIN symbol ON symbol.id = symbol_id
  WHERE session >= '1998-12-07' AND before IS NOT NULL AND abs(close - before) > 0.1 * before
)
UPDATE bar SET flags = bar.flags | 64 FROM limited
WHERE bar.symbol_id = limited.symbol_id AND bar.session = limited.session AND before > half
  AND ((bar.close + half) / (before - half) < (1 - wide) ^ sessions - 0.005
    OR (bar.close - half) / (before + half) > (1 + wide) ^ sessions + 0.005);

-- Back-adjustments accepted before, one for each ratio that a delivery brought.
INSERT INTO price_adjustment (symbol_id, data_version, first_session, last_session, ratio, bars, ingestion_id)
SELECT symbol_id, version, min(session), max(session), sum(after) / sum(before), count(*), max(ingestion_id)
FROM (
  SELECT revision.symbol_id, revision.session, replaced_version AS version, revision.close AS before, next.close AS after,
         replaced_ingestion_id AS ingestion_id
  FROM bar_revision AS revision JOIN (
    SELECT symbol_id, session, data_version, close FROM bar
    UNION ALL SELECT symbol_id, session, data_version, close FROM bar_revision
  ) AS next ON next.symbol_id = revision.symbol_id AND next.session = revision.session
    AND next.data_version = revision.replaced_version
  WHERE reason = 'ADJUSTED'
) AS adjusted
GROUP BY symbol_id, version, round(ln((after / before)::numeric), 1)
HAVING abs(ln(sum(after) / sum(before))) > 0.001
ON CONFLICT DO NOTHING;
