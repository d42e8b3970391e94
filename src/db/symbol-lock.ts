/** The lock under which anything about one symbol is written that must not be written twice. */
import type { Prisma } from './generated/client.js'

/**
 * For every transaction that waits for a symbol, or for a night whose outcomes may: a large ingest holds its symbols for
 * longer than the 5 s after which Prisma gives up by default.
 */
export const TRANSACTION_LIMITS = { maxWait: 60_000, timeout: 120_000 }

/** Held until the transaction ends. */
export async function lockSymbol(tx: Prisma.TransactionClient, symbolId: number): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM symbol WHERE id = ${symbolId} FOR UPDATE`
}
