/** The mutations that take bars in and back. */
import { createHash } from 'node:crypto'
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { requireSymbolCode } from '../../domain/symbol.js'
import { KospigraphError } from '../../errors.js'
import type { Context } from '../context.js'
import { IngestBarsInput, WithdrawBarsInput } from './ingestion.input.js'
import { IngestBarsResult, WithdrawBarsResult, toIngestBarsResult } from './ingestion.type.js'

const MAX_BARS = 50_000
const MAX_CLIENT_LENGTH = 100

@Resolver()
export class IngestionResolver {
  @Mutation(() => IngestBarsResult, {
    description:
      'Takes bars of one symbol in, all or none unless `onInvalid: SKIP`. The same bars twice change nothing. A different bar for a stored session corrects it, and the old values stay readable as a revision.',
  })
  async ingestBars(
    @Ctx() { services }: Context,
    @Arg('input', () => IngestBarsInput, { description: 'The bars.' }) input: IngestBarsInput,
  ): Promise<IngestBarsResult> {
    const { symbol, bars, onInvalid, acceptAdjustments, client } = input
    requireSymbolCode(symbol)
    if (bars.length === 0 || bars.length > MAX_BARS) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `bars: ${bars.length} is not between 1 and ${MAX_BARS} bars a call`,
      )
    }
    requireClient(client)
    const rows = bars.map(({ session, open, high, low, close, volume }, index): RawBar => ({
      row: index + 1,
      symbol,
      session,
      open,
      high,
      low,
      close,
      volume,
    }))
    const result = await services.ingestBars({
      source: 'API',
      label: client,
      rank: RANK_OF_PEOPLE,
      batches: [rows],
      checksum: () => checksumOf(rows),
      onInvalid,
      acceptAdjustments,
    })
    return toIngestBarsResult(result)
  }

  @Mutation(() => WithdrawBarsResult, {
    description:
      'Takes bars of one symbol back. They stay readable as revisions, and `asOf` an earlier instant. Only a delivery of no lower rank brings them again.',
  })
  async withdrawBars(
    @Ctx() { services }: Context,
    @Arg('input', () => WithdrawBarsInput, { description: 'Which, and why.' }) input: WithdrawBarsInput,
  ): Promise<WithdrawBarsResult> {
    const { symbol, sessions, reason, client } = input
    requireClient(client)
    const result = await services.withdrawBars({
      source: 'API',
      label: client,
      rank: RANK_OF_PEOPLE,
      symbol,
      sessions,
      reason,
    })
    return {
      withdrawn: result.withdrawn,
      dataVersion: result.symbol?.dataVersion ?? null,
      ingestionId: result.ingestionId === null ? null : String(result.ingestionId),
    }
  }
}

function requireClient(client: string): void {
  if (client.length <= MAX_CLIENT_LENGTH) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `client: the name is longer than ${MAX_CLIENT_LENGTH} characters`,
  )
}

function checksumOf(rows: readonly RawBar[]): string {
  const hash = createHash('sha256')
  for (const { symbol, session, open, high, low, close, volume } of rows) {
    hash.update([symbol, session, open, high, low, close, volume].join(',')).update('\n')
  }
  return hash.digest('hex')
}
