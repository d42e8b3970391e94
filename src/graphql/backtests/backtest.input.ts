/** The input of `startBacktest` and the arguments of `backtestProgress`. */
import { ArgsType, Field, Float, ID, InputType, Int } from 'type-graphql'
import type {
  BacktestProtocol as ProtocolName,
  BacktestWindow as WindowName,
  ScalerFit as ScalerFitName,
} from '../../domain/backtests/backtest.js'
import type { Session } from '../../domain/calendar/session.js'
import type {
  Execution as ExecutionName,
  StrategyKind as StrategyName,
} from '../../domain/backtests/strategy.js'
import { DateTime, LocalDate } from '../scalars.js'
import { BacktestProtocol, BacktestWindow, Execution, ScalerFit, StrategyKind } from './backtest.type.js'

@InputType({ description: 'Settings of a backtest.' })
export class StartBacktestInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field({ defaultValue: 'seed', description: 'Name of the recipe; `recipes` lists them.' })
  recipe!: string

  @Field(() => Int, {
    defaultValue: 0,
    description: 'Seed of every fit, from 0 to 2147483647. Network k of an ensemble uses the seed plus k.',
  })
  seed!: number

  @Field(() => BacktestProtocol, {
    defaultValue: 'WALK_FORWARD',
    description: 'Method of forecasting the sessions.',
  })
  protocol!: ProtocolName

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'First session to forecast; for a fixed split, the session of the first bar. Without it, the earliest possible session.',
  })
  from?: Session | null

  @Field(() => LocalDate, { nullable: true, description: 'Last session; without it, the newest.' })
  to?: Session | null

  @Field(() => Int, {
    defaultValue: 1,
    description: 'Number of sessions that one fit forecasts, at least 1. Walk-forward only.',
  })
  refitEvery!: number

  @Field(() => BacktestWindow, {
    defaultValue: 'ROLLING',
    description: 'Bars that each fit sees. Walk-forward only.',
  })
  window!: WindowName

  @Field(() => Int, {
    defaultValue: 200,
    description: 'Number of training samples, at least 1. Fixed split only.',
  })
  trainSamples!: number

  @Field(() => ScalerFit, {
    defaultValue: 'TRAINING_ROWS',
    description: 'Rows that the scaler sees. Fixed split only.',
  })
  scalerFit!: ScalerFitName

  @Field(() => StrategyKind, {
    defaultValue: 'LONG_FLAT',
    description: 'Positions that the strategy may hold.',
  })
  strategy!: StrategyName

  @Field(() => Float, {
    defaultValue: 0,
    description: 'Predicted log return that a forecast must exceed to cause a trade, from 0 to 1.',
  })
  threshold!: number

  @Field(() => Execution, { defaultValue: 'NEXT_OPEN', description: 'Price at which orders are executed.' })
  execution!: ExecutionName

  @Field(() => Float, {
    defaultValue: 1.5,
    description: 'Commission per fill, in basis points, from 0 to 1,000.',
  })
  commissionBps!: number

  @Field(() => Float, {
    defaultValue: 2,
    description: 'Slippage per fill, in basis points, from 0 to 1,000.',
  })
  slippageBps!: number

  @Field(() => Float, {
    defaultValue: 0,
    description:
      'Further slippage per fill in ticks of its price, from 0 to 20. It is charged where the prices of the symbol lie on ticks; an index has none.',
  })
  slippageTicks!: number

  @Field(() => DateTime, {
    nullable: true,
    description:
      'Past instant: the backtest sees the bars as they were known then. Without it, the current bars.',
  })
  asOf?: Date | null
}

/** The id of the backtest, and the cursor to resume after. */
@ArgsType()
export class BacktestProgressArgs {
  @Field(() => ID, { description: 'Id of the backtest.' })
  id!: string

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last event received; without it, from the first event.',
  })
  after?: string | null
}
