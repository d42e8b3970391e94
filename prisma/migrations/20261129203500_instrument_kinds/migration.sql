-- Kinds of instruments. No symbol master has named the kind of a stored share yet; those of the simulator are common shares.
CREATE TYPE "SymbolKind_new" AS ENUM ('INDEX', 'COMMON_SHARE', 'PREFERRED_SHARE', 'ETF', 'ETN', 'REIT', 'SPAC', 'UNKNOWN');
ALTER TABLE "symbol" ALTER COLUMN "kind" TYPE "SymbolKind_new" USING (
  CASE WHEN "kind" = 'INDEX' THEN 'INDEX' WHEN "simulated" THEN 'COMMON_SHARE' ELSE 'UNKNOWN' END::"SymbolKind_new"
);
DROP TYPE "SymbolKind";
ALTER TYPE "SymbolKind_new" RENAME TO "SymbolKind";
