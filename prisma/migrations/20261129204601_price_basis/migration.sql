-- CreateEnum
CREATE TYPE "TradingHoursBasis" AS ENUM ('REGULAR', 'EXTENDED', 'UNKNOWN');

-- CreateEnum
CREATE TYPE "PriceAdjustment" AS ENUM ('RAW', 'SPLIT_ADJUSTED', 'FULLY_ADJUSTED', 'UNKNOWN');

-- AlterEnum
ALTER TYPE "RevisionReason" ADD VALUE 'REBASED';

-- AlterTable
ALTER TABLE "data_version" ADD COLUMN     "adjustment" "PriceAdjustment" NOT NULL DEFAULT 'UNKNOWN',
ADD COLUMN     "close_basis" "TradingHoursBasis" NOT NULL DEFAULT 'UNKNOWN',
ADD COLUMN     "volume_basis" "TradingHoursBasis" NOT NULL DEFAULT 'UNKNOWN';

-- AlterTable
ALTER TABLE "forecast" ADD COLUMN     "close_basis" "TradingHoursBasis" NOT NULL DEFAULT 'REGULAR';

-- AlterTable
ALTER TABLE "symbol" ADD COLUMN     "close_basis" "TradingHoursBasis",
ADD COLUMN     "volume_basis" "TradingHoursBasis";

-- What earlier releases stored: the bases of vendors that are known.
UPDATE "data_version" SET ("close_basis", "volume_basis", "adjustment") = (known."close"::"TradingHoursBasis",
    known."volume"::"TradingHoursBasis", known."adjustment"::"PriceAdjustment")
FROM "ingestion", (VALUES
    ('SIMULATOR:', 'REGULAR', 'REGULAR', 'RAW'),
    ('PROVIDER:yahoo', 'REGULAR', 'REGULAR', 'SPLIT_ADJUSTED'),
    ('PROVIDER:naver', 'EXTENDED', 'EXTENDED', 'SPLIT_ADJUSTED'),
    ('FILE:yfinance', 'REGULAR', 'REGULAR', 'SPLIT_ADJUSTED'),
    ('FILE:Yahoo Finance', 'REGULAR', 'REGULAR', 'SPLIT_ADJUSTED'),
    ('FILE:Naver Finance', 'EXTENDED', 'EXTENDED', 'SPLIT_ADJUSTED'),
    ('FILE:KRX portal', 'REGULAR', 'EXTENDED', 'RAW'),
    ('FILE:KRX interface', 'REGULAR', 'EXTENDED', 'RAW')
) AS known("kind", "close", "volume", "adjustment")
WHERE "ingestion"."id" = "data_version"."ingestion_id" AND known."kind" = CASE "source"
    WHEN 'SIMULATOR' THEN 'SIMULATOR:'
    WHEN 'PROVIDER' THEN 'PROVIDER:' || "label"
    WHEN 'FILE' THEN 'FILE:' || split_part(coalesce("note", ''), ';', 1)
END;

-- A symbol whose bars from 2026-09-14 on have several bases is of an unknown one.
UPDATE "symbol" SET "close_basis" = stored."close", "volume_basis" = stored."volume"
FROM (
    SELECT "bar"."symbol_id",
        CASE WHEN count(DISTINCT "close_basis") = 1 THEN min("close_basis") ELSE 'UNKNOWN' END AS "close",
        CASE WHEN count(DISTINCT "volume_basis") = 1 THEN min("volume_basis") ELSE 'UNKNOWN' END AS "volume"
    FROM "bar" JOIN "data_version"
        ON "data_version"."symbol_id" = "bar"."symbol_id" AND "version" = "bar"."data_version"
    WHERE "session" >= '2026-09-14' GROUP BY 1
) AS stored
WHERE "symbol"."id" = stored."symbol_id" AND "kind" NOT IN ('INDEX', 'ETF', 'ETN');
