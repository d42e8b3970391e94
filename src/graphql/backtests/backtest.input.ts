/** What a backtest is asked for with. */
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

@InputType({ description: 'One backtest.' })
export class StartBacktestInput {
  @Field(() => ID, { description: 'Code of the symbol.' })
  symbol!: string

  @Field({ defaultValue: 'seed', description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => Int, { defaultValue: 0, description: 'Seed of every fit, from 0.' })
  seed!: number

  @Field(() => BacktestProtocol, { defaultValue: 'WALK_FORWARD', description: 'How sessions are forecast.' })
  protocol!: ProtocolName

  @Field(() => LocalDate, {
    nullable: true,
    description:
      'The first session to forecast, or of a fixed split the first bar; the earliest that can be without one.',
  })
  from?: Session | null

  @Field(() => LocalDate, { nullable: true, description: 'The last session; the newest without one.' })
  to?: Session | null

  @Field(() => Int, { defaultValue: 1, description: 'Of a walk-forward: sessions that one fit serves.' })
  refitEvery!: number

  @Field(() => BacktestWindow, {
    defaultValue: 'ROLLING',
    description: 'Of a walk-forward: what each fit sees.',
  })
  window!: WindowName

  @Field(() => Int, { defaultValue: 200, description: 'Of a fixed split: samples to train on.' })
  trainSamples!: number

  @Field(() => ScalerFit, {
    defaultValue: 'TRAINING_ROWS',
    description: 'Of a fixed split: what the scaler sees.',
  })
  scalerFit!: ScalerFitName

  @Field(() => StrategyKind, { defaultValue: 'LONG_FLAT', description: 'What the strategy may hold.' })
  strategy!: StrategyName

  @Field(() => Float, {
    defaultValue: 0,
    description: 'Log return that a forecast has to pass, from 0 to 1.',
  })
  threshold!: number

  @Field(() => Execution, { defaultValue: 'NEXT_OPEN', description: 'Where orders are executed.' })
  execution!: ExecutionName

  @Field(() => Float, { defaultValue: 1.5, description: 'Commission of every fill, in basis points.' })
  commissionBps!: number

  @Field(() => Float, {
    defaultValue: 2,
    description: 'What a fill is worse than its price, in basis points.',
  })
  slippageBps!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'An instant that has passed: the whole run sees the bars as they were known then.',
  })
  asOf?: Date | null
}

/** Whose progress, and from where on. */
@ArgsType()
export class BacktestProgressArgs {
  @Field(() => ID, { description: 'Id of the backtest.' })
  id!: string

  @Field(() => String, {
    nullable: true,
    description: 'Cursor of the last event seen; from the start without one.',
  })
  after?: string | null
}
