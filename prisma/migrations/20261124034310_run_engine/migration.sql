-- AlterTable
ALTER TABLE "run" ADD COLUMN     "device" TEXT,
ADD COLUMN     "engine" TEXT,
ADD COLUMN     "engine_reason" TEXT;
