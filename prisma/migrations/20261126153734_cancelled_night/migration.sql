-- AlterEnum
ALTER TYPE "NightStatus" ADD VALUE 'CANCELLED';

-- Compared as text: a value that this transaction has added to an enum cannot be used in it yet.
ALTER TABLE "night"
    DROP CONSTRAINT "night_says_why",
    ADD CONSTRAINT "night_says_why" CHECK ("status"::text NOT IN ('STALE', 'FAILED', 'MISSED', 'SKIPPED', 'CANCELLED') OR "reason" IS NOT NULL);
