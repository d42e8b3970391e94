/** Queries for the ledger and the contenders, and the mutations that add to it by hand. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import type { Session } from '../../domain/calendar/session.js'
import type { Connection } from '../connection.js'
import { PageArgs, pageRequest, toConnection } from '../connection.js'
import type { Context } from '../context.js'
import { requireId } from '../id.js'
import { ModelVersionType } from '../models/model-version.type.js'
import { modelVersionOf } from '../models/model-version.relation.js'
import { symbolOf } from '../bars/symbol.relation.js'
import { LocalDate } from '../scalars.js'
import { SymbolType } from '../bars/symbol.type.js'
import {
  ChampionType,
  ContenderType,
  PromotionConnection,
  PromotionRulesType,
  PromotionType,
  promotionCursor,
  toPromotionType,
} from './promotion.type.js'

const CODE = { description: 'Code of the symbol.' }
const REASON = { description: 'Why, for people who wonder later.' }

@Resolver(() => PromotionType)
export class PromotionResolver {
  @Query(() => PromotionConnection, {
    description:
      'The ledger of who serves a symbol, newest first; empty where persistence has served from the start.',
  })
  async promotions(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
    @Args() page: PageArgs,
  ): Promise<Connection<PromotionType>> {
    const found = await services.promotions.page(symbol, pageRequest(page, promotionCursor))
    return toConnection(found, promotionCursor, ({ number }) => number, toPromotionType)
  }

  @Query(() => ChampionType, { description: 'Who serves a symbol, or served the forecast of a session.' })
  async champion(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
    @Arg('on', () => LocalDate, {
      nullable: true,
      description: 'The session that the forecast is for; the next one to be issued where left out.',
    })
    on?: Session | null,
  ): Promise<ChampionType> {
    const { promotion, ...champion } = await services.promotions.champion(symbol, on ?? undefined)
    return Object.assign(new ChampionType(), champion, { promotion: promotion && toPromotionType(promotion) })
  }

  @Query(() => [ContenderType], {
    description: 'The recipes that compete with persistence for a symbol, and how they do.',
  })
  async contenders(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
  ): Promise<readonly ContenderType[]> {
    return services.promotions.contenders(symbol)
  }

  @Query(() => PromotionRulesType, { description: 'What nights decide by.' })
  promotionRules(@Ctx() { services }: Context): PromotionRulesType {
    return services.promotions.rules
  }

  @Mutation(() => PromotionType, {
    description:
      'Has one model version serve its symbol until `rollbackPromotion`, from the next forecast on that is not issued yet, whatever nights find.',
  })
  async promoteModelVersion(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the version.' }) id: string,
    @Arg('reason', () => String, REASON) reason: string,
  ): Promise<PromotionType> {
    return toPromotionType(await services.promotions.promote(requireId(id), reason))
  }

  @Mutation(() => PromotionType, {
    description:
      'Takes the decision that stands back, so that the one before it stands again. A recipe whose takeover is taken back has to earn the next one on the sessions after it.',
  })
  async rollbackPromotion(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
    @Arg('reason', () => String, REASON) reason: string,
  ): Promise<PromotionType> {
    return toPromotionType(await services.promotions.rollback(symbol, reason))
  }

  @FieldResolver(() => SymbolType, { description: 'The symbol.' })
  symbol(@Root() { symbolId }: PromotionType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: "The version that is pinned; null where the recipe's newest serves.",
  })
  pinnedVersion(
    @Root() { pinnedVersionId }: PromotionType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(pinnedVersionId, context)
  }
}

@Resolver(() => ChampionType)
export class ChampionResolver {
  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: "The version that is pinned; null where the recipe's newest serves.",
  })
  pinnedVersion(
    @Root() { pinnedVersionId }: ChampionType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(pinnedVersionId, context)
  }
}
