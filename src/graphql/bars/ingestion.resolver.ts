/** Queries and a subscription for recorded deliveries and their excluded rows. */
import { Arg, Args, Ctx, FieldResolver, ID, Int, Query, Resolver, Root, Subscription } from 'type-graphql'
import type { Ingestion } from '../../domain/bars/delivery.js'
import type { RowOutcome as OutcomeName } from '../../domain/bars/row-outcome.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { requireNumberedId } from '../id.js'
import {
  IngestionConnection,
  IngestionType,
  KeptRow,
  KeptRowConnection,
  RowOutcome,
  ingestionCursor,
  keptRowCursor,
  toIngestionType,
} from './ingestion.type.js'

@Resolver(() => IngestionType)
export class IngestionResolver {
  @Query(() => IngestionConnection, {
    description:
      'Recorded deliveries, newest first. A delivery is recorded if it changed bars or had excluded rows.',
  })
  async ingestions(
    @Ctx() { services }: Context,
    @Args() page: PageArgs,
    @Arg('symbol', () => ID, {
      nullable: true,
      description: 'Return only deliveries that changed bars of this symbol.',
    })
    symbol?: string | null,
  ): Promise<Connection<IngestionType>> {
    const found = await services.ingestions.ingestions(
      symbol ?? undefined,
      pageRequest(page, ingestionCursor),
    )
    return toConnection(found, ingestionCursor, ({ id }) => id, toIngestionType)
  }

  @Query(() => IngestionType, {
    nullable: true,
    description: 'One recorded delivery; null if it does not exist.',
  })
  async ingestion(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the delivery.' }) id: string,
  ): Promise<IngestionType | null> {
    const found = await services.ingestions.ingestion(requireNumberedId(id, 'id'))
    return found ? toIngestionType(found) : null
  }

  @Query(() => KeptRowConnection, {
    description:
      'Excluded rows of a delivery, each with its reason. The first 10,000 rejected and the first 10,000 dropped rows are kept.',
  })
  async excludedRows(
    @Ctx() { services }: Context,
    @Arg('ingestion', () => ID, { description: 'Id of the delivery.' }) ingestion: string,
    @Args() page: PageArgs,
    @Arg('outcome', () => RowOutcome, { nullable: true, description: 'Return only rows with this outcome.' })
    outcome?: OutcomeName | null,
  ): Promise<Connection<KeptRow>> {
    const found = await services.ingestions.excludedRows(
      requireNumberedId(ingestion, 'ingestion'),
      outcome ?? undefined,
      pageRequest(page, keptRowCursor),
    )
    return toConnection(
      found,
      keptRowCursor,
      ({ ordinal }) => ordinal,
      (row) => Object.assign(new KeptRow(), row),
    )
  }

  @Subscription(() => IngestionType, {
    description:
      'Sends every delivery that changes bars from now on. A delivery of more than 2,000 symbols is sent to every subscriber, whatever `symbol` it asked for.',
    subscribe: ({ args, context }: { args: { symbol?: string | null }; context: Context }) =>
      context.services.ingestions.ingested(args.symbol ?? undefined),
  })
  barsIngested(
    @Root() ingestion: Ingestion,
    @Arg('symbol', () => ID, {
      nullable: true,
      description: 'Send only deliveries that change bars of this symbol; without it, of every symbol.',
    })
    _symbol?: string | null,
  ): IngestionType {
    return toIngestionType(ingestion)
  }

  @FieldResolver(() => Int, { description: 'Number of symbols whose bars the delivery changed.' })
  async symbolCount(@Root() { id }: IngestionType, @Ctx() { loaders }: Context): Promise<number> {
    return (await loaders.changedCodes.load(Number(id))).count
  }

  @FieldResolver(() => [ID], {
    description: 'Codes of the symbols whose bars the delivery changed; the first 20.',
  })
  async symbols(@Root() { id }: IngestionType, @Ctx() { loaders }: Context): Promise<readonly string[]> {
    return (await loaders.changedCodes.load(Number(id))).codes
  }
}
