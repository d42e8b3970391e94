/** The lock under which anything about one symbol is written that must not be written twice. */
import type { Prisma } from './generated/client.js'

/**
 * For every transaction that waits for a symbol, or for a night whose outcomes may: a large ingest holds its symbols for
 * longer than the 5 s after which Prisma gives up by default.
 */
export const TRANSACTION_LIMITS = { maxWait: 60_000, timeout: 120_000 }

/** A symbol as it stays until the transaction ends. */
export interface LockedSymbol {
  readonly id: number
  readonly dataVersion: number
}

/** Held until the transaction ends. */
export async function lockSymbol(tx: Prisma.TransactionClient, id: number): Promise<LockedSymbol> {
  const [symbol] = await tx.$queryRaw<LockedSymbol[]>`
    SELECT id, data_version AS "dataVersion" FROM symbol WHERE id = ${id} FOR UPDATE`
  if (!symbol) throw new Error(`there is no symbol ${id}`)
  return symbol
}
