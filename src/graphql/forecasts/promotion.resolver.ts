/** Queries for the promotion ledger, the champion and the contenders, and the mutations that pin a version or roll back. */
import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { MAX_REASON_LENGTH } from '../../domain/reason.js'
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
const REASON = { description: `Reason, kept in the ledger; from 1 to ${MAX_REASON_LENGTH} characters.` }

@Resolver(() => PromotionType)
export class PromotionResolver {
  @Query(() => PromotionConnection, {
    description: 'Promotion ledger of a symbol, newest first. It is empty if persistence has always served.',
  })
  async promotions(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
    @Args() page: PageArgs,
  ): Promise<Connection<PromotionType>> {
    const found = await services.promotions.page(symbol, pageRequest(page, promotionCursor))
    return toConnection(found, promotionCursor, ({ number }) => number, toPromotionType)
  }

  @Query(() => ChampionType, { description: 'Contender that serves a symbol, now or on a given session.' })
  async champion(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
    @Arg('on', () => LocalDate, {
      nullable: true,
      description: 'Target session of the forecast; without it, the next forecast to be issued.',
    })
    on?: Session | null,
  ): Promise<ChampionType> {
    const { promotion, ...champion } = await services.promotions.champion(symbol, on ?? undefined)
    return Object.assign(new ChampionType(), champion, { promotion: promotion && toPromotionType(promotion) })
  }

  @Query(() => [ContenderType], {
    description: 'Recipes that compete with persistence for a symbol, with their evaluations.',
  })
  async contenders(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
  ): Promise<readonly ContenderType[]> {
    return services.promotions.contenders(symbol)
  }

  @Query(() => PromotionRulesType, { description: 'Rules by which nights promote and demote recipes.' })
  promotionRules(@Ctx() { services }: Context): PromotionRulesType {
    return services.promotions.rules
  }

  @Mutation(() => PromotionType, {
    description:
      'Pins a model version: it serves its symbol from the next forecast that is not yet issued. Nights do not replace it; `rollbackPromotion` ends the pin.',
  })
  async promoteModelVersion(
    @Ctx() { services }: Context,
    @Arg('id', () => ID, { description: 'Id of the model version.' }) id: string,
    @Arg('reason', () => String, REASON) reason: string,
  ): Promise<PromotionType> {
    return toPromotionType(await services.promotions.promote(requireId(id), reason))
  }

  @Mutation(() => PromotionType, {
    description:
      'Revokes the decision in force and restores the previous one. A recipe whose takeover is revoked can take over again only on the evidence of later sessions.',
  })
  async rollbackPromotion(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, CODE) symbol: string,
    @Arg('reason', () => String, REASON) reason: string,
  ): Promise<PromotionType> {
    return toPromotionType(await services.promotions.rollback(symbol, reason))
  }

  @FieldResolver(() => SymbolType, { description: 'Symbol of the ledger entry.' })
  symbol(@Root() { symbolId }: PromotionType, @Ctx() context: Context): Promise<SymbolType> {
    return symbolOf(symbolId, context)
  }

  @FieldResolver(() => ModelVersionType, {
    nullable: true,
    description: 'Pinned model version; null if no version is pinned.',
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
    description: 'Pinned model version; null if no version is pinned.',
  })
  pinnedVersion(
    @Root() { pinnedVersionId }: ChampionType,
    @Ctx() context: Context,
  ): Promise<ModelVersionType | null> {
    return modelVersionOf(pinnedVersionId, context)
  }
}
