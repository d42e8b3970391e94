-- CreateEnum
CREATE TYPE "UnfilledReason" AS ENUM ('HALT', 'AUCTION', 'LIMIT', 'BANNED', 'NO_SHORT_LIST');

-- AlterTable
ALTER TABLE "backtest_row" ADD COLUMN     "unfilled_reason" "UnfilledReason";
