/** The GraphQL types of the promotion ledger, the champion, the contenders and the rules. */
import { Field, Float, Int, ObjectType, registerEnumType } from 'type-graphql'
import { PROMOTION_KINDS } from '../../domain/forecasts/promotion.js'
import type { Promotion, PromotionKind as KindName } from '../../domain/forecasts/promotion.js'
import type { Session } from '../../domain/calendar/session.js'
import { connectionType, edgeType, numberCursor } from '../connection.js'
import { enumOf } from '../enum.js'
import { DateTime, LocalDate } from '../scalars.js'

export const PromotionKind = enumOf(PROMOTION_KINDS)
registerEnumType(PromotionKind, {
  name: 'PromotionKind',
  description: 'Kind of an entry in the promotion ledger.',
  valuesConfig: {
    TAKEOVER: {
      description: 'A night promoted a recipe that was better than persistence on unseen sessions.',
    },
    GIVE_WAY: {
      description: 'A night replaced a recipe by persistence, because its skill fell below the limit.',
    },
    PIN: { description: 'A person pinned one model version until a rollback.' },
    ROLLBACK: { description: 'A person revoked the decision in force.' },
  },
})

@ObjectType('Evaluation', {
  description: 'Evaluation of a recipe against persistence: a trailing walk-forward on unseen sessions.',
})
export class EvaluationType {
  @Field(() => Int, { description: 'Number of evaluated sessions.' })
  sessions!: number

  @Field(() => Int, {
    description: 'Number of these sessions that were computed afterwards, with one fit every 20 sessions.',
  })
  backfilled!: number

  @Field(() => Float, {
    nullable: true,
    description:
      'Root mean squared error of the recipe, in the currency of the symbol; null without sessions.',
  })
  rmse!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Root mean squared error of persistence on the same sessions; null without sessions.',
  })
  persistenceRmse!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Skill: 1 - rmse / persistenceRmse. Above 0 is better than persistence; null if it is undefined.',
  })
  skill!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'One-sided p-value of the Diebold-Mariano test: the probability of such errors if persistence were as good. Null if the test is impossible.',
  })
  pValue!: number | null
}

@ObjectType('Promotion', {
  description:
    'An entry of the promotion ledger, which records the serving contender of a symbol. Entries are never changed or deleted.',
})
export class PromotionType {
  /** Used by relations; not fields. */
  symbolId!: number
  pinnedVersionId!: string | null

  @Field(() => Int, { description: 'Number of the entry, counted from 1 for each symbol.' })
  number!: number

  @Field(() => PromotionKind, { description: 'Kind of the entry.' })
  kind!: KindName

  @Field({ description: 'Contender that serves from then on: a recipe, or `persistence`.' })
  contender!: string

  @Field(() => LocalDate, { description: 'First target session to which the entry applies.' })
  effectiveFrom!: Session

  @Field({ description: 'Reason of the decision.' })
  reason!: string

  @Field(() => EvaluationType, {
    nullable: true,
    description: 'Evaluation behind the decision of a night; null if a person decided.',
  })
  evaluation!: EvaluationType | null

  @Field(() => Int, {
    nullable: true,
    description: 'Number of the entry that was in force before; null if none was.',
  })
  replaces!: number | null

  @Field(() => Int, {
    nullable: true,
    description:
      'Number of the entry that a rollback restores. Null if none was in force then, and for other kinds.',
  })
  restores!: number | null

  @Field(() => DateTime, { description: 'Time of the decision.' })
  at!: Date
}

@ObjectType({ description: 'A ledger entry with its cursor.' })
export class PromotionEdge extends edgeType(PromotionType) {}

@ObjectType({ description: 'A page of the promotion ledger, newest first.' })
export class PromotionConnection extends connectionType(PromotionEdge) {}

@ObjectType('Champion', { description: 'Champion: the contender that serves a symbol.' })
export class ChampionType {
  /** Used by the relation; not a field. */
  pinnedVersionId!: string | null

  @Field({ description: 'Name of the contender: a recipe, or `persistence`.' })
  contender!: string

  @Field(() => PromotionType, {
    nullable: true,
    description: 'Ledger entry in force; null if persistence has always served.',
  })
  promotion!: PromotionType | null
}

@ObjectType('Contender', { description: 'A recipe that competes with persistence for a symbol.' })
export class ContenderType {
  @Field({ description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => EvaluationType, { description: 'Evaluation on the newest sessions.' })
  evaluation!: EvaluationType

  @Field({ description: 'Whether the recipe is the champion.' })
  serves!: boolean

  @Field(() => String, {
    nullable: true,
    description:
      'Obstacle to a promotion, as a phrase such as "has skill 0.20 % ...". Null if there is none, or if the recipe serves.',
  })
  obstacle!: string | null
}

@ObjectType('PromotionRules', {
  description: 'Rules for promoting a recipe and for returning to persistence.',
})
export class PromotionRulesType {
  @Field(() => Int, {
    description: 'Number of sessions in the trailing walk-forward. A takeover needs all of them.',
  })
  sessions!: number

  @Field(() => Float, { description: 'Smallest skill for a takeover; 0.01 is 1 %.' })
  takeoverSkill!: number

  @Field(() => Float, { description: 'Upper limit of the p-value for a takeover.' })
  pValue!: number

  @Field(() => Float, { description: 'Smallest skill with which a champion keeps serving; 0.01 is 1 %.' })
  keepSkill!: number

  @Field(() => Float, {
    description: 'Largest final loss of a serving version, as a multiple of the median of earlier versions.',
  })
  lossFactor!: number
}

export const promotionCursor = numberCursor('promotion')

export function toPromotionType(promotion: Promotion): PromotionType {
  return Object.assign(new PromotionType(), promotion)
}
