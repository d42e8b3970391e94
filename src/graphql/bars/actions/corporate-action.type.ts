/** The GraphQL types of corporate actions and back-adjustments. */
import { Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { ACTION_KINDS, ACTION_STATES } from '../../../domain/bars/actions/corporate-action.js'
import type {
  ActionKind as KindName,
  ActionState as StateName,
} from '../../../domain/bars/actions/corporate-action.js'
import type { Session } from '../../../domain/calendar/session.js'
import { enumOf } from '../../enum.js'
import { DateTime, LocalDate } from '../../scalars.js'

export const CorporateActionKind = enumOf(ACTION_KINDS)
registerEnumType(CorporateActionKind, {
  name: 'CorporateActionKind',
  description: 'Kind of a corporate action.',
  valuesConfig: {
    SPLIT: { description: 'One share becomes several.' },
    CONSOLIDATION: { description: 'Several shares become one.' },
    BONUS: { description: 'Shares are issued without payment.' },
    RIGHTS: { description: 'Shareholders may buy new shares below the price.' },
    MERGER: { description: 'The company merges with another.' },
    SPIN_OFF: { description: 'A part of the company becomes a company of its own.' },
    CAPITAL_REDUCTION: { description: 'Capital is reduced, usually by cancelling shares.' },
    LISTING: { description: 'First session of a listing, which has a price limit of its own.' },
    LIQUIDATION: {
      description: 'First session of the trading before a delisting, which has no price limit.',
    },
    OTHER: { description: 'Any other event that changes the meaning of the price.' },
  },
})

export const CorporateActionState = enumOf(ACTION_STATES)
registerEnumType(CorporateActionState, {
  name: 'CorporateActionState',
  description: 'State of a corporate action. Only a confirmed one has an effect.',
  valuesConfig: {
    PROPOSED: { description: 'Recognised from the bars; a person has to confirm or dismiss it.' },
    CONFIRMED: { description: 'Delivered by a source, or added or confirmed by a person.' },
    DISMISSED: { description: 'Dismissed by a person.' },
  },
})

@ObjectType({
  description: 'A corporate action: an event that changes the meaning of the price of a symbol.',
})
export class CorporateAction {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => LocalDate, { description: 'First session at the new price.' })
  session!: Session

  @Field(() => CorporateActionKind, { description: 'Kind of the action.' })
  kind!: KindName

  @Field(() => Float, {
    nullable: true,
    description: 'New price over old price, 0.02 after one share became fifty. Null if it has none.',
  })
  ratio!: number | null

  @Field(() => CorporateActionState, { description: 'State of the action.' })
  state!: StateName

  @Field(() => Boolean, {
    description:
      'Whether adjusted prices before the session are the stored ones times the ratio. False also if the stored prices contain the action already.',
  })
  applied!: boolean

  @Field(() => Int, {
    description: 'Number of stored bars that the action multiplies when they are read adjusted.',
  })
  bars!: number

  @Field({ description: 'Source of this form of the action: a provider, a client, or `RECOGNISED:bars`.' })
  source!: string

  @Field(() => String, {
    nullable: true,
    description: 'Reason that a person gave, or what the action was recognised from.',
  })
  note!: string | null

  @Field(() => Int, { description: 'Data version of the symbol that introduced this form of the action.' })
  dataVersion!: number

  @Field(() => DateTime, { description: 'Time at which this form of the action was stored.' })
  knownAt!: Date
}

@ObjectType({
  description:
    'An accepted back-adjustment: a delivery replaced stored prices by themselves times one ratio.',
})
export class BackAdjustment {
  @Field(() => Int, { description: 'Data version of the symbol that it made.' })
  dataVersion!: number

  @Field(() => LocalDate, { description: 'First adjusted session.' })
  firstSession!: Session

  @Field(() => LocalDate, { description: 'Last adjusted session.' })
  lastSession!: Session

  @Field(() => Float, { description: 'New price over the price before.' })
  ratio!: number

  @Field(() => Int, { description: 'Number of stored bars that the ratio was found on.' })
  bars!: number

  @Field({ description: 'Source of the delivery: a file name, a client name or a provider.' })
  source!: string

  @Field(() => DateTime, { description: 'Time at which it was accepted.' })
  knownAt!: Date
}

@ObjectType({ description: 'Corporate actions and accepted back-adjustments of a symbol.' })
export class Adjustments {
  @Field(() => [CorporateAction], { description: 'Corporate actions, newest session first; at most 1,000.' })
  actions!: readonly CorporateAction[]

  @Field(() => [BackAdjustment], { description: 'Accepted back-adjustments, newest first; at most 1,000.' })
  backAdjustments!: readonly BackAdjustment[]
}

@ObjectType({ description: 'Result of a change of a corporate action.' })
export class CorporateActionResult {
  @Field(() => CorporateAction, { description: 'The action as it stands now.' })
  action!: CorporateAction

  @Field(() => Boolean, { description: 'Whether anything changed; false if it stood in this form already.' })
  changed!: boolean
}

@InputType({ description: 'A corporate action and the reason of a decision about it.' })
export class CorporateActionInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field(() => LocalDate, { description: 'First session at the new price.' })
  session!: Session

  @Field(() => CorporateActionKind, { description: 'Kind of the action.' })
  kind!: KindName

  @Field({ description: 'Reason, kept in the audit log.' })
  reason!: string
}

@InputType({
  description: 'A corporate action to add, or to put in place of the one of the same session and kind.',
})
export class UpsertCorporateActionInput extends CorporateActionInput {
  @Field(() => Float, {
    nullable: true,
    description: 'New price over old price, from 0.0001 to 10,000. Without it, the action has none.',
  })
  ratio?: number | null
}
