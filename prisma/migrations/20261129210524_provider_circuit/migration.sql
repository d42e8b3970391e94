-- CreateEnum
CREATE TYPE "CircuitState" AS ENUM ('CLOSED', 'OPEN', 'HALF_OPEN');

-- CreateTable
CREATE TABLE "provider_circuit" (
    "provider" TEXT NOT NULL,
    "state" "CircuitState" NOT NULL,
    "since" TIMESTAMPTZ(6) NOT NULL,
    "until" TIMESTAMPTZ(6),
    "reason" TEXT,
    "outages" INTEGER NOT NULL,
    "last_success_at" TIMESTAMPTZ(6),

    CONSTRAINT "provider_circuit_pkey" PRIMARY KEY ("provider")
);

-- CreateTable
CREATE TABLE "provider_calls" (
    "provider" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "calls" INTEGER NOT NULL,

    CONSTRAINT "provider_calls_pkey" PRIMARY KEY ("provider","day")
);
