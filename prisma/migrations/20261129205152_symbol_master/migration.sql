-- AlterTable
ALTER TABLE "symbol" ADD COLUMN     "delisted_on" DATE,
ADD COLUMN     "isin" TEXT,
ADD COLUMN     "listed_on" DATE,
ADD COLUMN     "name_en" TEXT,
ADD COLUMN     "name_ko" TEXT,
ADD COLUMN     "sector" TEXT;

-- CreateTable
CREATE TABLE "listing" (
    "code" TEXT NOT NULL,
    "kind" "SymbolKind" NOT NULL,
    "market" "Market",
    "name_ko" TEXT,
    "name_en" TEXT,
    "isin" TEXT,
    "sector" TEXT,
    "listed_on" DATE,
    "delisted_on" DATE,
    "source" TEXT NOT NULL,
    "revision" INTEGER NOT NULL,
    "changed_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "listing_pkey" PRIMARY KEY ("code")
);

-- CreateTable
CREATE TABLE "symbol_market" (
    "symbol" TEXT NOT NULL,
    "ordinal" SMALLINT NOT NULL,
    "market" "Market" NOT NULL,
    "from_date" DATE,
    "to_date" DATE,

    CONSTRAINT "symbol_market_pkey" PRIMARY KEY ("symbol","ordinal")
);

-- CreateIndex
CREATE UNIQUE INDEX "listing_isin_key" ON "listing"("isin");

-- CreateIndex
CREATE INDEX "listing_revision_idx" ON "listing"("revision");

-- Indices are known by name. The codes of six letters could be stored as shares before: their bars have lost their decimals,
-- which the next delivery of the same sessions corrects.
UPDATE "symbol" SET "kind" = 'INDEX', "decimals" = 2, "market" = known."market"::"Market", "name" = known."name_en",
    "name_ko" = known."name_ko", "name_en" = known."name_en"
FROM (VALUES
    ('KOSPI', 'KOSPI', '코스피', 'KOSPI Composite Index'),
    ('KOSDAQ', 'KOSDAQ', '코스닥', 'KOSDAQ Composite Index'),
    ('KRX100', NULL, 'KRX 100', 'KRX 100 Index'),
    ('KRX300', NULL, 'KRX 300', 'KRX 300 Index')
) AS known("code", "market", "name_ko", "name_en")
WHERE "symbol"."code" = known."code" AND NOT "symbol"."simulated";
