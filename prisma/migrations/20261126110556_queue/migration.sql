-- AlterEnum
ALTER TYPE "RunStatus" ADD VALUE 'QUEUED';
ALTER TYPE "RunStatus" ADD VALUE 'RUNNING';

-- DropIndex
DROP INDEX "run_started_at_id_idx";

-- AlterTable
ALTER TABLE "run" ADD COLUMN     "claim" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "requested_at" TIMESTAMPTZ(6),
ALTER COLUMN "started_at" DROP NOT NULL,
ALTER COLUMN "finished_at" DROP NOT NULL;

-- Runs until now were begun the moment they were asked for.
UPDATE "run" SET "requested_at" = "started_at";
ALTER TABLE "run" ALTER COLUMN "requested_at" SET NOT NULL;

-- CreateTable
CREATE TABLE "event" (
    "id" BIGSERIAL NOT NULL,
    "topic" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "seq" INTEGER,
    "payload" JSONB NOT NULL,
    "at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "event_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "event_topic_id_idx" ON "event"("topic", "id");

-- CreateIndex
CREATE INDEX "event_at_idx" ON "event"("at");

-- CreateIndex
CREATE UNIQUE INDEX "event_topic_subject_seq_key" ON "event"("topic", "subject", "seq");

-- CreateIndex
CREATE INDEX "run_requested_at_id_idx" ON "run"("requested_at", "id");
