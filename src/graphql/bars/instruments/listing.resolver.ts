/** Queries for the symbol master, and the mutation that adds to it. */
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { MasterRow } from '../../../domain/bars/instruments/listed-instrument.js'
import type { Session } from '../../../domain/calendar/session.js'
import { replaceUnreadable } from '../../../domain/sanitize-text.js'
import { KospigraphError } from '../../../errors.js'
import type { Connection } from '../../connection.js'
import { PageArgs, pageRequest, toConnection } from '../../connection.js'
import type { Context } from '../../context.js'
import { LocalDate } from '../../scalars.js'
import { requireClient } from '../client-name.js'
import { ListingFilter, readFilter } from '../symbol.input.js'
import { SymbolType } from '../symbol.type.js'
import { MarketPeriodType } from './instrument.type.js'
import {
  ListingConnection,
  ListingType,
  UpsertSymbolsResult,
  listingCursor,
  toListingType,
} from './listing.type.js'
import { UpsertSymbolInput } from './upsert-symbols.input.js'

/** More than the exchange lists at once. */
const MAX_ROWS = 5_000
const MARKETS = 'Markets that it was on, oldest first; empty if none is on record, and for an index.'

@Resolver(() => ListingType)
export class ListingResolver {
  @Query(() => ListingConnection, {
    description:
      'Instruments of the symbol master, with or without bars, ordered by code. `symbols` returns those with bars.',
  })
  async listings(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('filter', () => ListingFilter, {
      nullable: true,
      description: 'Filter; without it, all instruments.',
    })
    filter?: ListingFilter | null,
  ): Promise<Connection<ListingType>> {
    const found = await services.instruments.listings(
      readFilter(filter ?? {}),
      pageRequest(page, listingCursor),
    )
    return toConnection(found, listingCursor, ({ code }) => code, toListingType)
  }

  @FieldResolver(() => [MarketPeriodType], { description: MARKETS })
  markets(@Root() { code }: ListingType, @Ctx() { loaders }: Context): Promise<readonly MarketPeriodType[]> {
    return loaders.markets.load(code)
  }

  @Mutation(() => UpsertSymbolsResult, {
    description:
      'Adds to the symbol master: kinds, markets, names and dates of listed instruments. The same input again changes nothing. A row that contradicts a stored value is rejected with the reason, and the other rows are stored.',
  })
  upsertSymbols(
    @Ctx() { services }: Context,
    @Arg('input', () => [UpsertSymbolInput], { description: 'Instruments, from 1 to 5,000.' })
    input: UpsertSymbolInput[],
    @Arg('statedOn', () => LocalDate, {
      nullable: true,
      description: 'Date of the statement, which dates moves between markets; by default today in Korea.',
    })
    statedOn: Session | null,
    @Arg('client', () => String, {
      defaultValue: 'upsertSymbols',
      description: 'Name of the sender, stored as the source; at most 100 characters.',
    })
    client: string,
  ): Promise<UpsertSymbolsResult> {
    if (input.length === 0 || input.length > MAX_ROWS) {
      const message = `input: a call accepts from 1 to ${MAX_ROWS} instruments, not ${input.length}; split it`
      throw new KospigraphError('BAD_USER_INPUT', message)
    }
    requireClient(client)
    const rows = input.map(toMasterRow)
    return services.instruments.importMaster({ source: client, rows, statedOn: statedOn ?? undefined })
  }
}

/** Adds the markets of the master to a symbol. */
@Resolver(() => SymbolType)
export class SymbolMarketsResolver {
  @FieldResolver(() => [MarketPeriodType], { description: MARKETS })
  markets(@Root() { code }: SymbolType, @Ctx() { loaders }: Context): Promise<readonly MarketPeriodType[]> {
    return loaders.markets.load(code)
  }
}

function toMasterRow(input: UpsertSymbolInput, at: number): MasterRow {
  const text = (given: string | null | undefined): string | null =>
    given == null || given.trim() === '' ? null : replaceUnreadable(given.trim())
  const markets = input.markets?.map(({ market, from = null, to = null }) => ({ market, from, to }))
  return {
    row: at + 1,
    code: input.code,
    kind: input.kind ?? 'UNKNOWN',
    market: input.market ?? null,
    nameKo: text(input.nameKo),
    nameEn: text(input.nameEn),
    isin: text(input.isin)?.toUpperCase() ?? null,
    sector: text(input.sector),
    listedOn: input.listedOn ?? null,
    delistedOn: input.delistedOn ?? null,
    ...(markets !== undefined && { markets }),
  }
}
