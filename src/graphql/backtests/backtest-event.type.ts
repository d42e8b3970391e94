/** What followers of a backtest are told. */
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

@ObjectType({ description: 'The metrics of the test part so far; null where nothing can be said yet.' })
export class RunningMetrics {
  @Field(() => Int, { description: 'Sessions that had a forecast.' })
  sessions!: number

  @Field(() => Float, { nullable: true, description: "Root mean squared error, in the symbol's currency." })
  rmse!: number | null

  @Field(() => Float, { nullable: true, description: 'The same of persistence.' })
  persistenceRmse!: number | null

  @Field(() => Float, { nullable: true, description: '1 - RMSE / RMSE of persistence.' })
  skill!: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'Share of the sessions whose close changed for which the direction was right.',
  })
  hitRate!: number | null

  @Field(() => Float, { nullable: true, description: 'Share of closes in their 80 % intervals.' })
  coverage80!: number | null

  @Field(() => Float, { nullable: true, description: 'Share of closes in their 95 % intervals.' })
  coverage95!: number | null

  @Field(() => Float, { description: 'Total return before costs.' })
  grossReturn!: number

  @Field(() => Float, { description: 'Total return after costs.' })
  netReturn!: number

  @Field(() => Float, { description: 'Total return of buy-and-hold after costs.' })
  holdReturn!: number

  @Field(() => Float, { nullable: true, description: 'Sharpe ratio after costs.' })
  sharpe!: number | null

  @Field(() => Float, { nullable: true, description: 'Largest fall from a height, after costs.' })
  maxDrawdown!: number | null
}

@ObjectType({ description: 'Why a fold has no forecasts.' })
export class FoldFailure {
  @Field({ description: 'As a stable code.' })
  code!: string

  @Field({ description: 'In words.' })
  message!: string
}

@ObjectType('BacktestEvent', { description: 'A fold that is done, or the end of the backtest.' })
export class BacktestEventType {
  /** For the relation; no field. */
  backtestId!: string

  @Field({ description: 'Where the event lies, for `after`.' })
  cursor!: string

  @Field(() => BacktestStatus, {
    description: 'RUNNING for a fold, and in the last event how the backtest ended.',
  })
  status!: StatusName

  @Field(() => Int, { nullable: true, description: 'The fold, from 0; null in the last event.' })
  fold!: number | null

  @Field(() => FoldFailure, {
    nullable: true,
    description: 'Why the fold has no forecasts, where it has none.',
  })
  foldFailure!: FoldFailure | null

  @Field(() => [BacktestRowType], { description: 'Its sessions; of a longer fold, the first 250.' })
  rows!: readonly BacktestRow[]

  @Field(() => Int, { description: 'Folds done.' })
  doneFolds!: number

  @Field(() => Int, { description: 'Sessions done.' })
  doneSessions!: number

  @Field(() => RunningMetrics, { description: 'The metrics so far.' })
  metrics!: Running
}

export const backtestEventCursor = numberCursor('backtestEvent')

export function toBacktestEventType({ seq, ...event }: BacktestEvent): BacktestEventType {
  return { ...event, cursor: backtestEventCursor.encode(seq) }
}
