/** Who serves, since when and why, as clients see it. */
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
  description: 'What changed who serves.',
  valuesConfig: {
    TAKEOVER: { description: 'A night: a recipe was better than persistence on unseen sessions.' },
    GIVE_WAY: { description: 'A night: the champion was not any more, and persistence serves.' },
    PIN: { description: 'A person: one version serves until that is rolled back.' },
    ROLLBACK: { description: 'A person: the decision before it was taken back.' },
  },
})

@ObjectType('Evaluation', {
  description: "A recipe's trailing walk-forward beside persistence, on sessions that it had not seen.",
})
export class EvaluationType {
  @Field(() => Int, { description: 'Sessions that it speaks of.' })
  sessions!: number

  @Field(() => Int, {
    description: 'Of those, the ones made up for afterwards by a walk-forward with a coarser refit.',
  })
  backfilled!: number

  @Field(() => Float, { nullable: true, description: "Root mean squared error, in the symbol's currency." })
  rmse!: number | null

  @Field(() => Float, { nullable: true, description: 'The same of persistence on the same sessions.' })
  persistenceRmse!: number | null

  @Field(() => Float, { nullable: true, description: '1 - RMSE / RMSE of persistence.' })
  skill!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'One-sided Diebold-Mariano test: the chance of such errors if persistence were as good.',
  })
  pValue!: number | null
}

@ObjectType('Promotion', {
  description: 'An entry of the ledger of who serves a symbol; none is ever changed or taken out.',
})
export class PromotionType {
  /** For relations; neither is a field. */
  symbolId!: number
  pinnedVersionId!: string | null

  @Field(() => Int, { description: 'Counts up from 1 for each symbol.' })
  number!: number

  @Field(() => PromotionKind, { description: 'What changed.' })
  kind!: KindName

  @Field({ description: "Who serves from then on: a recipe's name, or `persistence`." })
  contender!: string

  @Field(() => LocalDate, { description: 'The first session whose forecast it decides.' })
  effectiveFrom!: Session

  @Field({ description: 'Why.' })
  reason!: string

  @Field(() => EvaluationType, {
    nullable: true,
    description: 'What a night decided it by; null where a person did.',
  })
  evaluation!: EvaluationType | null

  @Field(() => Int, {
    nullable: true,
    description: 'Number of the decision that stood before; null for persistence from the start.',
  })
  replaces!: number | null

  @Field(() => Int, {
    nullable: true,
    description:
      'Of a rollback: number of the decision that stands again; null for persistence from the start.',
  })
  restores!: number | null

  @Field(() => DateTime, { description: 'When it was decided.' })
  at!: Date
}

@ObjectType({ description: 'A promotion in a list.' })
export class PromotionEdge extends edgeType(PromotionType) {}

@ObjectType({ description: 'A page of the ledger, newest first.' })
export class PromotionConnection extends connectionType(PromotionEdge) {}

@ObjectType('Champion', { description: 'Who serves the forecast of a session.' })
export class ChampionType {
  /** For the relation; not a field. */
  pinnedVersionId!: string | null

  @Field({ description: "A recipe's name, or `persistence`." })
  contender!: string

  @Field(() => PromotionType, {
    nullable: true,
    description: 'The entry that says so; null for persistence from the start.',
  })
  promotion!: PromotionType | null
}

@ObjectType('Contender', { description: 'A recipe that competes with persistence for a symbol.' })
export class ContenderType {
  @Field({ description: "The recipe's name." })
  recipe!: string

  @Field(() => EvaluationType, { description: 'Its last sessions, as they are known now.' })
  evaluation!: EvaluationType

  @Field({ description: 'Whether it is the champion.' })
  serves!: boolean

  @Field(() => String, {
    nullable: true,
    description: 'Why a night would not promote it, as half a sentence; null where it would, or it serves.',
  })
  obstacle!: string | null
}

@ObjectType('PromotionRules', { description: 'When a recipe takes over, and when it gives way.' })
export class PromotionRulesType {
  @Field(() => Int, { description: 'Sessions of the trailing walk-forward; a takeover needs all of them.' })
  sessions!: number

  @Field(() => Float, { description: 'A takeover needs this skill.' })
  takeoverSkill!: number

  @Field(() => Float, { description: 'A takeover needs a p-value below this.' })
  pValue!: number

  @Field(() => Float, { description: 'A champion whose skill is below this gives way.' })
  keepSkill!: number

  @Field(() => Float, {
    description: 'A version whose final loss is more than so many times the median before it does not serve.',
  })
  lossFactor!: number
}

export const promotionCursor = numberCursor('promotion')

export function toPromotionType(promotion: Promotion): PromotionType {
  return Object.assign(new PromotionType(), promotion)
}
