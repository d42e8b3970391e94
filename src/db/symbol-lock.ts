/** The lock under which anything about one symbol is written that must not be written twice. */
import type { Prisma } from './generated/client.js'

/** Held until the transaction ends. */
export async function lockSymbol(tx: Prisma.TransactionClient, symbolId: number): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM symbol WHERE id = ${symbolId} FOR UPDATE`
}
