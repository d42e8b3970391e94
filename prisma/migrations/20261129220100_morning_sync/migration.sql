-- CreateTable
CREATE TABLE "morning_sync" (
    "date" DATE NOT NULL,
    "requested_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "morning_sync_pkey" PRIMARY KEY ("date")
);
