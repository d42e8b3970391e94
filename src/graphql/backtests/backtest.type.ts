/** A backtest as clients see it. */
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
  description: 'How sessions are forecast that have happened.',
  valuesConfig: {
    FIXED_SPLIT: {
      description: 'One fit on the first samples, as tutorials do, and forecasts of all samples.',
    },
    WALK_FORWARD: {
      description: 'A fit before every session, or every few; none has seen what it forecasts.',
    },
  },
})

export const BacktestStatus = enumOf(BACKTEST_STATUSES)
registerEnumType(BacktestStatus, {
  name: 'BacktestStatus',
  description: 'How far a backtest has come.',
  valuesConfig: {
    QUEUED: { description: 'It waits for a worker.' },
    RUNNING: { description: 'A worker has taken it up.' },
    SUCCEEDED: { description: 'All folds are done.' },
    FAILED: { description: 'It could not go on; what was done is kept.' },
    CANCELLED: { description: 'Somebody ended it; what was done is kept.' },
  },
})

export const BacktestWindow = enumOf(BACKTEST_WINDOWS)
registerEnumType(BacktestWindow, {
  name: 'BacktestWindow',
  description: 'What each fit of a walk-forward sees.',
  valuesConfig: {
    ROLLING: { description: "The recipe's training window, the newest before the fold." },
    EXPANDING: { description: 'All bars before the fold.' },
  },
})

export const ScalerFit = enumOf(SCALER_FITS)
registerEnumType(ScalerFit, {
  name: 'ScalerFit',
  description: 'What the scaler of a fixed split sees.',
  valuesConfig: {
    TRAINING_ROWS: { description: 'What training touches, and no more.' },
    ALL_ROWS: {
      description: 'All rows, those to be forecast too: it leaks, and the backtest is marked `leaky`.',
    },
  },
})

export const StrategyKind = enumOf(STRATEGY_KINDS)
registerEnumType(StrategyKind, {
  name: 'StrategyKind',
  description: 'What a strategy may hold.',
  valuesConfig: {
    LONG_FLAT: { description: 'The symbol, or nothing.' },
    LONG_SHORT: { description: 'The symbol, nothing, or the symbol sold short.' },
  },
})

export const Execution = enumOf(EXECUTIONS)
registerEnumType(Execution, {
  name: 'Execution',
  description: 'Where the orders of a forecast are executed.',
  valuesConfig: {
    NEXT_OPEN: { description: 'At the open after the forecast.' },
    SAME_CLOSE: {
      description:
        'At the close that the forecast was made from, which nobody can; the backtest is marked `optimistic`.',
    },
  },
})

@ObjectType({ description: 'What rerunning a backtest with another future showed.' })
export class LeakCertificate {
  @Field(() => ID, { description: 'Its id.' })
  id!: string

  @Field(() => LocalDate, { description: 'Every bar after it was replaced by another one.' })
  session!: Session

  @Field(() => Boolean, { description: 'Whether every row up to it came out again, byte for byte.' })
  passed!: boolean

  @Field(() => Int, { description: 'Bars that were replaced.' })
  corruptedBars!: number

  @Field(() => Int, { description: 'Rows that were compared.' })
  comparedRows!: number

  @Field(() => LocalDate, { nullable: true, description: 'The first row that differed.' })
  firstDifference!: Session | null

  @Field(() => String, { nullable: true, description: 'What of it.' })
  differingField!: string | null

  @Field(() => String, { description: 'The engine that reran it.' })
  engineVersion!: string

  @Field(() => Float, { description: 'How long that took, in milliseconds.' })
  durationMs!: number

  @Field(() => DateTime, { description: 'When it was made.' })
  at!: Date
}

@ObjectType('Backtest', {
  description: "A recipe's forecasts of sessions that have happened, each from bars before it.",
})
export class BacktestType {
  /** For the relation; no field. */
  symbolId!: number

  @Field(() => ID, { description: 'Its id.' })
  id!: string

  @Field(() => BacktestStatus, { description: 'How far it has come.' })
  status!: StatusName

  @Field(() => BacktestProtocol, { description: 'How sessions are forecast.' })
  protocol!: ProtocolName

  @Field(() => String, { description: 'Name of the recipe.' })
  recipe!: string

  @Field(() => String, { description: 'Hash of the recipe as it was when the backtest was asked for.' })
  recipeHash!: string

  @Field(() => Int, { description: 'Seed of every fit.' })
  seed!: number

  @Field(() => Int, { nullable: true, description: 'Sessions that one fit serves; of a walk-forward.' })
  refitEvery!: number | null

  @Field(() => BacktestWindow, { nullable: true, description: 'What each fit sees; of a walk-forward.' })
  window!: WindowName | null

  @Field(() => Int, { nullable: true, description: 'Samples trained on; of a fixed split.' })
  trainSamples!: number | null

  @Field(() => ScalerFit, { nullable: true, description: 'What the scaler sees; of a fixed split.' })
  scalerFit!: ScalerFitName | null

  @Field(() => StrategyKind, { description: 'What the strategy may hold.' })
  strategy!: StrategyName

  @Field(() => Float, { description: 'Log return that a forecast has to pass.' })
  threshold!: number

  @Field(() => Execution, { description: 'Where orders are executed.' })
  execution!: ExecutionName

  @Field(() => Float, { description: 'Commission of every fill, in basis points.' })
  commissionBps!: number

  @Field(() => Float, { description: 'What a fill is worse than its price, in basis points.' })
  slippageBps!: number

  @Field(() => LocalDate, { description: 'The first session forecast; of a fixed split, the first bar.' })
  fromSession!: Session

  @Field(() => LocalDate, { description: 'The last session.' })
  toSession!: Session

  @Field(() => Int, { description: 'Sessions that it forecasts.' })
  sessions!: number

  @Field(() => Int, { description: 'Fits that it makes, an ensemble counting once.' })
  folds!: number

  @Field(() => Int, { description: 'Sessions done.' })
  doneSessions!: number

  @Field(() => Int, { description: 'Folds done.' })
  doneFolds!: number

  @Field(() => Boolean, { description: 'Whether the scaler has seen what is forecast.' })
  leaky!: boolean

  @Field(() => Boolean, { description: 'Whether orders are executed at prices that nobody could have had.' })
  optimistic!: boolean

  @Field(() => Int, {
    description: "The symbol's data version whose bars it sees, whatever is corrected later.",
  })
  dataVersion!: number

  @Field(() => DateTime, {
    nullable: true,
    description: 'The instant whose knowledge it was asked for with.',
  })
  asOf!: Date | null

  @Field(() => String, { description: 'SHA-256 of the bars up to the last session.' })
  fingerprint!: string

  @Field(() => String, { nullable: true, description: 'What executes its fits; null before it has begun.' })
  engine!: string | null

  @Field(() => String, {
    nullable: true,
    description: 'The version of that: the same one gives the same bytes.',
  })
  engineVersion!: string | null

  @Field(() => String, { nullable: true, description: 'What the engine runs on.' })
  device!: string | null

  @Field(() => String, { nullable: true, description: 'Why that engine.' })
  engineReason!: string | null

  @Field(() => String, { nullable: true, description: 'Why it failed, as a stable code.' })
  errorCode!: string | null

  @Field(() => String, { nullable: true, description: 'Why it failed, in words.' })
  errorMessage!: string | null

  @Field(() => DateTime, { description: 'When it was asked for.' })
  requestedAt!: Date

  @Field(() => DateTime, { nullable: true, description: 'When a worker last took it up.' })
  startedAt!: Date | null

  @Field(() => DateTime, { nullable: true, description: 'When it ended.' })
  finishedAt!: Date | null

  @Field(() => [Float], {
    description: 'Mean loss of every epoch of a fixed split; empty before that and of a walk-forward.',
  })
  lossCurve!: readonly number[]
}

@ObjectType({ description: 'A backtest in a list.' })
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
    refitEvery: walkForward?.refitEvery ?? null,
    window: walkForward?.window ?? null,
    trainSamples: fixedSplit?.trainSamples ?? null,
    scalerFit: fixedSplit?.scalerFit ?? null,
  })
}
