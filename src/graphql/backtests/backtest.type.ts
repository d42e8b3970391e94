/** The GraphQL types of backtests and of their certificates. */
import { Field, Float, ID, Int, ObjectType, registerEnumType } from 'type-graphql'
import {
  BACKTEST_PROTOCOLS,
  BACKTEST_STATUSES,
  BACKTEST_WINDOWS,
  SCALER_FITS,
} from '../../domain/backtests/backtest.js'
import type {
  Backtest,
  BacktestProtocol as ProtocolName,
  BacktestStatus as StatusName,
  BacktestWindow as WindowName,
  ScalerFit as ScalerFitName,
} from '../../domain/backtests/backtest.js'
import { isId } from '../../domain/id.js'
import type { Session } from '../../domain/calendar/session.js'
import { EXECUTIONS, STRATEGY_KINDS } from '../../domain/backtests/strategy.js'
import type {
  Execution as ExecutionName,
  StrategyKind as StrategyName,
} from '../../domain/backtests/strategy.js'
import type { BacktestCursor } from '../../services/backtests/backtests.js'
import { connectionType, cursorCodec, edgeType } from '../connection.js'
import { enumOf } from '../enum.js'
import { isInstant } from '../id.js'
import { DateTime, LocalDate } from '../scalars.js'

export const BacktestProtocol = enumOf(BACKTEST_PROTOCOLS)
registerEnumType(BacktestProtocol, {
  name: 'BacktestProtocol',
  description: 'Method of forecasting the sessions of a backtest.',
  valuesConfig: {
    FIXED_SPLIT: {
      description: 'One fit on the first samples forecasts all samples, as tutorials do.',
    },
    WALK_FORWARD: {
      description:
        'A new fit before every session, or before every few. No fit sees the sessions that it forecasts.',
    },
  },
})

export const BacktestStatus = enumOf(BACKTEST_STATUSES)
registerEnumType(BacktestStatus, {
  name: 'BacktestStatus',
  description: 'Status of a backtest.',
  valuesConfig: {
    QUEUED: { description: 'The backtest waits for a worker.' },
    RUNNING: { description: 'A worker runs the backtest.' },
    SUCCEEDED: { description: 'All folds are finished.' },
    FAILED: { description: 'The backtest failed. Its finished folds are kept.' },
    CANCELLED: { description: 'A person or a program cancelled the backtest. Its finished folds are kept.' },
  },
})

export const BacktestWindow = enumOf(BACKTEST_WINDOWS)
registerEnumType(BacktestWindow, {
  name: 'BacktestWindow',
  description: 'Bars that each fit of a walk-forward sees.',
  valuesConfig: {
    ROLLING: { description: 'The newest training window of the recipe before the fold.' },
    EXPANDING: { description: 'All bars before the fold.' },
  },
})

export const ScalerFit = enumOf(SCALER_FITS)
registerEnumType(ScalerFit, {
  name: 'ScalerFit',
  description: 'Rows that the scaler of a fixed split sees.',
  valuesConfig: {
    TRAINING_ROWS: { description: 'Only the rows that training uses.' },
    ALL_ROWS: {
      description:
        'All rows, including the forecast sessions. This leaks, so the backtest is marked `leaky`.',
    },
  },
})

export const StrategyKind = enumOf(STRATEGY_KINDS)
registerEnumType(StrategyKind, {
  name: 'StrategyKind',
  description: 'Positions that a strategy may hold.',
  valuesConfig: {
    LONG_FLAT: { description: 'Long or flat.' },
    LONG_SHORT: { description: 'Long, flat or short.' },
  },
})

export const Execution = enumOf(EXECUTIONS)
registerEnumType(Execution, {
  name: 'Execution',
  description: 'Price at which the orders of a forecast are executed.',
  valuesConfig: {
    NEXT_OPEN: { description: 'The open of the forecast session.' },
    SAME_CLOSE: {
      description:
        'The close that the forecast was made from. This is impossible in practice, so the backtest is marked `optimistic`.',
    },
  },
})

@ObjectType({
  description: 'Result of testing a backtest for look-ahead, by rerunning it with corrupted later bars.',
})
export class LeakCertificate {
  @Field(() => ID, { description: 'Id of the certificate.' })
  id!: string

  @Field(() => LocalDate, { description: 'Session after which every bar was corrupted.' })
  session!: Session

  @Field(() => Boolean, { description: 'Whether every row up to the session is equal, byte for byte.' })
  passed!: boolean

  @Field(() => Int, { description: 'Number of corrupted bars.' })
  corruptedBars!: number

  @Field(() => Int, { description: 'Number of compared rows.' })
  comparedRows!: number

  @Field(() => LocalDate, {
    nullable: true,
    description: 'Session of the first row that differs; null if all are equal.',
  })
  firstDifference!: Session | null

  @Field(() => String, {
    nullable: true,
    description: 'Field of that row that differs; null if all are equal.',
  })
  differingField!: string | null

  @Field(() => String, { description: 'Version of the engine that reran the backtest.' })
  engineVersion!: string

  @Field(() => Float, { description: 'Duration of the rerun in milliseconds.' })
  durationMs!: number

  @Field(() => DateTime, { description: 'Time at which the certificate was made.' })
  at!: Date
}

@ObjectType('Backtest', {
  description:
    'A backtest: forecasts of past sessions, each made only from earlier bars, and the results of trading on them. Forecasts and orders are about the close of the stored bars, the regular close of 15:30 unless `Symbol.closeBasis` reports other hours.',
})
export class BacktestType {
  /** Used by the relation; not a field. */
  symbolId!: number

  @Field(() => ID, { description: 'Id of the backtest.' })
  id!: string

  @Field(() => BacktestStatus, { description: 'Status of the backtest.' })
  status!: StatusName

  @Field(() => BacktestProtocol, { description: 'Method of forecasting the sessions.' })
  protocol!: ProtocolName

  @Field(() => String, { description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => String, { description: 'Hash of the recipe at the time of the request.' })
  recipeHash!: string

  @Field(() => Int, { description: 'Seed of every fit.' })
  seed!: number

  @Field(() => Int, {
    nullable: true,
    description: 'Number of sessions that one fit forecasts; null for a fixed split.',
  })
  refitEvery!: number | null

  @Field(() => BacktestWindow, {
    nullable: true,
    description: 'Bars that each fit sees; null for a fixed split.',
  })
  window!: WindowName | null

  @Field(() => Int, { nullable: true, description: 'Number of training samples; null for a walk-forward.' })
  trainSamples!: number | null

  @Field(() => ScalerFit, {
    nullable: true,
    description: 'Rows that the scaler sees; null for a walk-forward.',
  })
  scalerFit!: ScalerFitName | null

  @Field(() => StrategyKind, { description: 'Positions that the strategy may hold.' })
  strategy!: StrategyName

  @Field(() => Float, { description: 'Predicted log return that a forecast must exceed to cause a trade.' })
  threshold!: number

  @Field(() => Execution, { description: 'Price at which orders are executed.' })
  execution!: ExecutionName

  @Field(() => Float, { description: 'Commission per fill, in basis points.' })
  commissionBps!: number

  @Field(() => Float, { description: 'Slippage per fill, in basis points.' })
  slippageBps!: number

  @Field(() => Float, { description: 'Further slippage per fill, in ticks of its price.' })
  slippageTicks!: number

  @Field(() => LocalDate, {
    description: 'First forecast session; for a fixed split, the session of the first bar.',
  })
  fromSession!: Session

  @Field(() => LocalDate, { description: 'Last forecast session.' })
  toSession!: Session

  @Field(() => Int, { description: 'Number of sessions to forecast.' })
  sessions!: number

  @Field(() => Int, { description: 'Number of fits to make. An ensemble counts once.' })
  folds!: number

  @Field(() => Int, { description: 'Number of finished sessions.' })
  doneSessions!: number

  @Field(() => Int, { description: 'Number of finished folds.' })
  doneFolds!: number

  @Field(() => Boolean, { description: 'Whether the scaler has seen the forecast sessions.' })
  leaky!: boolean

  @Field(() => Boolean, {
    description: 'Whether orders are executed at prices that were unobtainable in practice.',
  })
  optimistic!: boolean

  @Field(() => [LocalDate], {
    description:
      'Sessions before which the series breaks, from the first bar that the backtest reads. No fit, forecast, fill or return crosses them; usually empty.',
  })
  breaks!: readonly Session[]

  @Field(() => Int, {
    description: 'Data version of the symbol that the backtest reads. Later corrections do not affect it.',
  })
  dataVersion!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'Knowledge time of the request; null if it used the current bars.',
  })
  asOf!: Date | null

  @Field(() => String, { description: 'SHA-256 of the bars up to the last session, in hexadecimal.' })
  fingerprint!: string

  @Field(() => String, {
    nullable: true,
    description: 'Engine that executes the fits, `wasm` or `tensorflow`; null until it is chosen.',
  })
  engine!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Version of the engine; null until it is chosen.',
  })
  engineVersion!: string | null

  @Field(() => String, { nullable: true, description: 'Device of the engine; null until it is chosen.' })
  device!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Reason for the choice of the engine; null until it is chosen.',
  })
  engineReason!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Stable code of the failure; null unless the backtest failed.',
  })
  errorCode!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Message of the failure; null unless the backtest failed.',
  })
  errorMessage!: string | null

  @Field(() => DateTime, { description: 'Time of the request.' })
  requestedAt!: Date

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which a worker last started or resumed the backtest; null until then.',
  })
  startedAt!: Date | null

  @Field(() => DateTime, {
    nullable: true,
    description: 'Time at which the backtest ended; null until then.',
  })
  finishedAt!: Date | null

  @Field(() => [Float], {
    description:
      'Mean loss of each epoch of a fixed split, in scaled units. Empty until the fit is done, and for a walk-forward.',
  })
  lossCurve!: readonly number[]
}

@ObjectType({ description: 'A backtest with its cursor.' })
export class BacktestEdge extends edgeType(BacktestType) {}

@ObjectType({ description: 'A page of backtests, newest first.' })
export class BacktestConnection extends connectionType(BacktestEdge) {}

export const backtestCursor = cursorCodec<BacktestCursor>(
  'backtest',
  ({ requestedAt, id }) => [requestedAt, id],
  ([requestedAt = '', id = '']) => (isInstant(requestedAt) && isId(id) ? { requestedAt, id } : undefined),
)

export function toBacktestKey({ requestedAt, id }: Backtest): BacktestCursor {
  return { requestedAt: requestedAt.toISOString(), id }
}

export function toBacktestType({ settings, ...backtest }: Backtest): BacktestType {
  const { protocol, seed, recipe, strategy } = settings
  const walkForward = settings.protocol === 'WALK_FORWARD' ? settings : undefined
  const fixedSplit = settings.protocol === 'FIXED_SPLIT' ? settings : undefined
  const { kind, ...trading } = strategy
  return Object.assign(new BacktestType(), backtest, trading, {
    protocol,
    seed,
    recipe: recipe.name,
    strategy: kind,
    slippageTicks: strategy.slippageTicks ?? 0,
    refitEvery: walkForward?.refitEvery ?? null,
    window: walkForward?.window ?? null,
    trainSamples: fixedSplit?.trainSamples ?? null,
    scalerFit: fixedSplit?.scalerFit ?? null,
  })
}
