/** The GraphQL types of the progress events of a backtest. */
import { Field, Float, Int, ObjectType } from 'type-graphql'
import type {
  BacktestRow,
  BacktestStatus as StatusName,
  RunningMetrics as Running,
} from '../../domain/backtests/backtest.js'
import type { BacktestEvent } from '../../services/backtests/backtests.js'
import { numberCursor } from '../connection.js'
import { BacktestRowType } from './backtest-row.type.js'
import { BacktestStatus } from './backtest.type.js'

@ObjectType({
  description:
    'Metrics of the finished sessions of the test part. Rates and returns are fractions: 0.01 is 1 %.',
})
export class RunningMetrics {
  @Field(() => Int, { description: 'Number of sessions with a forecast.' })
  sessions!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Root mean squared error, in the currency of the symbol; null without forecasts.',
  })
  rmse!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Root mean squared error of persistence on the same sessions; null without forecasts.',
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
      'Share of sessions whose direction was forecast correctly, from 0 to 1. Sessions without a change and forecasts of no change are left out; null if none remains.',
  })
  hitRate!: number | null

  @Field(() => Float, {
    nullable: true,
    description:
      'Base rate of hitRate: the better of always predicting a rise and always predicting a fall on the same sessions, in hindsight. Null if none counts.',
  })
  baseRate?: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of actual closes inside the 80 % interval, from 0 to 1; null without intervals.',
  })
  coverage80!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of actual closes inside the 95 % interval, from 0 to 1; null without intervals.',
  })
  coverage95!: number | null

  @Field(() => Float, { description: 'Total return of the strategy before costs.' })
  grossReturn!: number

  @Field(() => Float, { description: 'Total return of the strategy after costs.' })
  netReturn!: number

  @Field(() => Float, { description: 'Total return of buy-and-hold after costs.' })
  holdReturn!: number

  @Field(() => Float, {
    nullable: true,
    description: 'Annualised Sharpe ratio after costs; null if the returns do not vary.',
  })
  sharpe!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Largest loss from a previous peak, after costs, as a fraction; null if equity never fell.',
  })
  maxDrawdown!: number | null
}

@ObjectType({ description: 'Reason why a fold has no forecasts.' })
export class FoldFailure {
  @Field({ description: 'Stable code of the failure.' })
  code!: string

  @Field({ description: 'Message of the failure.' })
  message!: string
}

@ObjectType('BacktestEvent', { description: 'Progress event of a backtest: a finished fold, or the end.' })
export class BacktestEventType {
  /** Used by the relation; not a field. */
  backtestId!: string

  @Field({ description: 'Cursor of the event, for the argument `after`.' })
  cursor!: string

  @Field(() => BacktestStatus, {
    description: 'RUNNING after a fold; the final status in the last event.',
  })
  status!: StatusName

  @Field(() => Int, { nullable: true, description: 'Number of the fold, from 0; null in the last event.' })
  fold!: number | null

  @Field(() => FoldFailure, {
    nullable: true,
    description: 'Failure of the fold; null if the fold has forecasts.',
  })
  foldFailure!: FoldFailure | null

  @Field(() => [BacktestRowType], {
    description: 'Sessions of the fold, at most the first 250; empty in the last event.',
  })
  rows!: readonly BacktestRow[]

  @Field(() => Int, { description: 'Number of finished folds.' })
  doneFolds!: number

  @Field(() => Int, { description: 'Number of finished sessions.' })
  doneSessions!: number

  @Field(() => RunningMetrics, { description: 'Metrics of the finished sessions.' })
  metrics!: Running
}

export const backtestEventCursor = numberCursor('backtestEvent')

export function toBacktestEventType({ seq, ...event }: BacktestEvent): BacktestEventType {
  return { ...event, cursor: backtestEventCursor.encode(seq) }
}
