/** Queries and mutations of corporate actions and back-adjustments. */
import { Arg, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import type { ActionState } from '../../../domain/bars/actions/corporate-action.js'
import { RANK_OF_PEOPLE } from '../../../domain/bars/delivery.js'
import type { ActionRequest } from '../../../services/bars/actions/corporate-actions.js'
import type { Context } from '../../context.js'
import {
  Adjustments,
  CorporateAction,
  CorporateActionInput,
  CorporateActionResult,
  CorporateActionState,
  UpsertCorporateActionInput,
} from './corporate-action.type.js'

const ORIGIN = { source: 'API', label: 'corporateActions', rank: RANK_OF_PEOPLE } as const

@Resolver()
export class CorporateActionResolver {
  @Query(() => [CorporateAction], {
    description: 'Corporate actions, newest session first; at most 1,000.',
  })
  async corporateActions(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { nullable: true, description: 'Code of the symbol; without it, all symbols.' })
    symbol?: string | null,
    @Arg('state', () => CorporateActionState, {
      nullable: true,
      description: 'State; without it, all states.',
    })
    state?: ActionState | null,
  ): Promise<readonly CorporateAction[]> {
    return services.corporateActions.list(symbol ?? undefined, state ?? undefined)
  }

  @Query(() => [CorporateAction], {
    description:
      'Every form that the corporate actions of a symbol have had, newest first; at most 1,000. A change ends a form and adds the next.',
  })
  async corporateActionHistory(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
  ): Promise<readonly CorporateAction[]> {
    return services.corporateActions.history(symbol)
  }

  @Query(() => Adjustments, {
    description: 'Corporate actions and accepted back-adjustments of a symbol, with their effect.',
  })
  async adjustments(
    @Ctx() { services }: Context,
    @Arg('symbol', () => ID, { description: 'Code of the symbol.' }) symbol: string,
  ): Promise<Adjustments> {
    return services.corporateActions.adjustments(symbol)
  }

  @Mutation(() => CorporateActionResult, {
    description:
      'Adds a confirmed corporate action, or replaces the one of the same session and kind. Bars stay as delivered.',
  })
  async upsertCorporateAction(
    @Ctx() { services }: Context,
    @Arg('input', () => UpsertCorporateActionInput, { description: 'The action and the reason.' })
    input: UpsertCorporateActionInput,
  ): Promise<CorporateActionResult> {
    return services.corporateActions.upsert({ ...requestOf(input), ratio: input.ratio ?? null })
  }

  @Mutation(() => CorporateActionResult, {
    description: 'Confirms a corporate action, for instance a proposed one.',
  })
  async confirmCorporateAction(
    @Ctx() { services }: Context,
    @Arg('input', () => CorporateActionInput, { description: 'The action and the reason.' })
    input: CorporateActionInput,
  ): Promise<CorporateActionResult> {
    return services.corporateActions.confirm(requestOf(input))
  }

  @Mutation(() => CorporateActionResult, {
    description: 'Dismisses a corporate action, which then has no effect and is not proposed again.',
  })
  async dismissCorporateAction(
    @Ctx() { services }: Context,
    @Arg('input', () => CorporateActionInput, { description: 'The action and the reason.' })
    input: CorporateActionInput,
  ): Promise<CorporateActionResult> {
    return services.corporateActions.dismiss(requestOf(input))
  }
}

function requestOf({ symbol, session, kind, reason }: CorporateActionInput): ActionRequest {
  return { ...ORIGIN, symbol, session, kind, reason }
}
