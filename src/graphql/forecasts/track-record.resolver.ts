/** Adds the track record of its issued forecasts to a symbol. */
import { Arg, Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import { SymbolType } from '../bars/symbol.type.js'
import type { Context } from '../context.js'
import { LocalDate } from '../scalars.js'
import { TrackRecord } from './forecast.type.js'

@Resolver(() => SymbolType)
export class TrackRecordResolver {
  @FieldResolver(() => TrackRecord, {
    description: 'Accuracy of the issued forecasts of the symbol, over all sessions or a range.',
  })
  async trackRecord(
    @Root() { id }: SymbolType,
    @Ctx() { loaders }: Context,
    @Arg('from', () => LocalDate, {
      nullable: true,
      description: 'First target session; without it, from the oldest.',
    })
    from?: Session | null,
    @Arg('to', () => LocalDate, {
      nullable: true,
      description: 'Last target session; without it, up to the newest.',
    })
    to?: Session | null,
  ): Promise<TrackRecord> {
    return loaders.trackRecord.load({ symbolId: id, from: from ?? undefined, to: to ?? undefined })
  }
}
