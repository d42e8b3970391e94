-- AlterTable
ALTER TABLE "night" ADD COLUMN     "dormant" JSONB;
