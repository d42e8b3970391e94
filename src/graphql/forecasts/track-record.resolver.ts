/** What forecasts add to a symbol: the track record of those that were issued for it. */
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import { SymbolType } from '../bars/symbol.type.js'
import type { Context } from '../context.js'
import { LocalDate } from '../scalars.js'
import { TrackRecord } from './forecast.type.js'

@Resolver(() => SymbolType)
export class TrackRecordResolver {
  @FieldResolver(() => TrackRecord, {
    description: 'How its issued forecasts have done, over all sessions or a range of them.',
  })
  async trackRecord(
    @Root() { id }: SymbolType,
    @Ctx() { loaders }: Context,
    @Arg('from', () => LocalDate, { nullable: true, description: 'First session.' }) from?: Session | null,
    @Arg('to', () => LocalDate, { nullable: true, description: 'Last session.' }) to?: Session | null,
  ): Promise<TrackRecord> {
    return loaders.trackRecord.load({ symbolId: id, from: from ?? undefined, to: to ?? undefined })
  }
}
