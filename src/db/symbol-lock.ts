/** Locks a symbol's row: writers of one symbol take this lock so that nothing is written twice. */
import type { Prisma } from './generated/client.js'

/**
 * For transactions that wait for a symbol or a night: a large ingest locks its symbols for longer than the 5 s after
 * which Prisma times out by default. In ms.
 */
export const TRANSACTION_LIMITS = { maxWait: 60_000, timeout: 120_000 }

/** A symbol's row; it cannot change until the transaction ends. */
export interface LockedSymbol {
  readonly id: number
  readonly dataVersion: number
}

/** Locks the symbol until the transaction ends. @throws Error where there is no such symbol */
export async function lockSymbol(tx: Prisma.TransactionClient, id: number): Promise<LockedSymbol> {
  const [symbol] = await tx.$queryRaw<LockedSymbol[]>`
    SELECT id, data_version AS "dataVersion" FROM symbol WHERE id = ${id} FOR UPDATE`
  if (!symbol) throw new Error(`there is no symbol ${id}`)
  return symbol
}
