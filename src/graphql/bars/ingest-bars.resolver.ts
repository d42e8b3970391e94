/** The mutations that ingest and withdraw bars. */
import { createHash } from 'node:crypto'
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { RANK_OF_PEOPLE } from '../../domain/bars/delivery.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { requireSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import { KospigraphError } from '../../errors.js'
import type { Context } from '../context.js'
import { requireClient } from './client-name.js'
import { IngestBarsInput, WithdrawBarsInput } from './ingest-bars.input.js'
import { IngestBarsResult, WithdrawBarsResult, toIngestBarsResult } from './ingest-bars.type.js'

const MAX_BARS = 50_000

@Resolver()
export class IngestBarsResolver {
  @Mutation(() => IngestBarsResult, {
    description:
      'Stores bars of one symbol: all or none, unless `onInvalid` is SKIP. Sending the same bars again changes nothing. A different bar for a stored session corrects it, and the former values become a revision.',
  })
  async ingestBars(
    @Ctx() { services }: Context,
    @Arg('input', () => IngestBarsInput, { description: 'Symbol and bars to store.' }) input: IngestBarsInput,
  ): Promise<IngestBarsResult> {
    const { bars, onInvalid, acceptAdjustments, replaceBasis, client } = input
    const { closeBasis, volumeBasis, adjustment } = input
    const symbol = requireSymbolCode(input.symbol)
    if (bars.length === 0 || bars.length > MAX_BARS) {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `bars: a call accepts from 1 to ${MAX_BARS} bars, not ${bars.length}; split the delivery`,
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
      basis: { closeBasis, volumeBasis, adjustment },
      replaceBasis,
    })
    return toIngestBarsResult(result)
  }

  @Mutation(() => WithdrawBarsResult, {
    description:
      'Withdraws bars of one symbol. Revisions and `asOf` queries still return them. Only a delivery of equal or higher rank can store them again.',
  })
  async withdrawBars(
    @Ctx() { services }: Context,
    @Arg('input', () => WithdrawBarsInput, { description: 'Symbol, sessions and reason.' })
    input: WithdrawBarsInput,
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

function checksumOf(rows: readonly RawBar[]): string {
  const hash = createHash('sha256')
  for (const { symbol, session, open, high, low, close, volume } of rows) {
    hash.update([symbol, session, open, high, low, close, volume].join(',')).update('\n')
  }
  return hash.digest('hex')
}
