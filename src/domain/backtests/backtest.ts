/** Backtests: a recipe's forecasts of sessions that have happened, each from bars before it, and what they earned. */
import type { Recipe } from '../models/recipe.js'
import type { Session } from '../calendar/session.js'
import type { Execution, OrderOutcome, Position, StrategyKind } from './strategy.js'

/**
 * `FIXED_SPLIT`: one fit on the first samples, as tutorials do, and forecasts of all of them and of the rest.
 * `WALK_FORWARD`: a fit before every session, or every few.
 */
export const BACKTEST_PROTOCOLS = ['FIXED_SPLIT', 'WALK_FORWARD'] as const
export type BacktestProtocol = (typeof BACKTEST_PROTOCOLS)[number]

export const BACKTEST_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const
export type BacktestStatus = (typeof BACKTEST_STATUSES)[number]

/** `ROLLING`: every fit sees the same number of bars. `EXPANDING`: every fit sees all bars before it. */
export const BACKTEST_WINDOWS = ['ROLLING', 'EXPANDING'] as const
export type BacktestWindow = (typeof BACKTEST_WINDOWS)[number]

/** What the scaler of a fixed split has seen. `ALL_ROWS` includes what is to be forecast: it leaks. */
export const SCALER_FITS = ['TRAINING_ROWS', 'ALL_ROWS'] as const
export type ScalerFit = (typeof SCALER_FITS)[number]

export interface BacktestStrategy {
  readonly kind: StrategyKind
  /** Log return that a forecast has to pass. */
  readonly threshold: number
  readonly execution: Execution
  /** Of every fill, in basis points. */
  readonly commissionBps: number
  /** What a fill is worse than its price, in basis points. */
  readonly slippageBps: number
}

interface CommonSettings {
  /** Complete, so that a changed configuration changes nothing about a backtest that was started. */
  readonly recipe: Recipe
  readonly seed: number
  readonly strategy: BacktestStrategy
}

export interface WalkForwardSettings extends CommonSettings {
  readonly protocol: 'WALK_FORWARD'
  readonly refitEvery: number
  readonly window: BacktestWindow
}

export interface FixedSplitSettings extends CommonSettings {
  readonly protocol: 'FIXED_SPLIT'
  readonly trainSamples: number
  readonly scalerFit: ScalerFit
}

export type BacktestSettings = WalkForwardSettings | FixedSplitSettings

/** `TRAIN`: a session whose close the fit was trained on. `TEST`: one that it had not seen. */
export const BACKTEST_PARTS = ['TRAIN', 'TEST'] as const
export type BacktestPart = (typeof BACKTEST_PARTS)[number]

/** One session of a backtest. Prices are in the symbol's currency, equity in units of that at the start. */
export interface BacktestRow {
  /** From 0, in session order. */
  readonly ordinal: number
  /** The fold whose fit forecast it, from 0. */
  readonly fold: number
  readonly session: Session
  readonly part: BacktestPart
  readonly actualClose: number
  /** What persistence would have forecast. */
  readonly previousClose: number
  /** Null where the fold could not be fitted. */
  readonly predictedClose: number | null
  /** The network's output before the scaler turned it into a price. */
  readonly scaledOutput: number | null
  readonly saturated: boolean
  /** Null as long as there are too few residuals to know. */
  readonly lower80: number | null
  readonly upper80: number | null
  readonly lower95: number | null
  readonly upper95: number | null
  /** What the forecast wants to hold; this and all that follows is null in the training part. */
  readonly target: Position | null
  readonly order: OrderOutcome | null
  readonly fillPrice: number | null
  /** What is held at the close. */
  readonly position: Position | null
  /** What was traded, over the equity before it. */
  readonly turnover: number | null
  readonly tradingCosts: number | null
  readonly tax: number | null
  readonly grossEquity: number | null
  readonly netEquity: number | null
  /** Buy-and-hold. */
  readonly holdGrossEquity: number | null
  readonly holdNetEquity: number | null
}

/** The metrics so far, cheap enough for every session. Null where nothing can be said yet. */
export interface RunningMetrics {
  /** Sessions of the test part that had a forecast. */
  readonly sessions: number
  readonly rmse: number | null
  readonly persistenceRmse: number | null
  readonly skill: number | null
  readonly hitRate: number | null
  readonly coverage80: number | null
  readonly coverage95: number | null
  readonly grossReturn: number
  readonly netReturn: number
  readonly holdReturn: number
  readonly sharpe: number | null
  readonly maxDrawdown: number | null
}

/** Of a backtest without a row. */
export const NO_METRICS: RunningMetrics = {
  sessions: 0,
  rmse: null,
  persistenceRmse: null,
  skill: null,
  hitRate: null,
  coverage80: null,
  coverage95: null,
  grossReturn: 0,
  netReturn: 0,
  holdReturn: 0,
  sharpe: null,
  maxDrawdown: null,
}

/** What followers are told: a fold and its rows, or the end. */
export interface BacktestProgress {
  readonly status: BacktestStatus
  /** Null in the last event, which has no rows. */
  readonly fold: number | null
  readonly foldFailure: { readonly code: string; readonly message: string } | null
  readonly rows: readonly BacktestRow[]
  readonly doneFolds: number
  readonly doneSessions: number
  readonly metrics: RunningMetrics
}

/** The progress that ends a backtest which no worker will finish. */
export const FAILED_PROGRESS: BacktestProgress = {
  status: 'FAILED',
  fold: null,
  foldFailure: null,
  rows: [],
  doneFolds: 0,
  doneSessions: 0,
  metrics: NO_METRICS,
}

export interface Backtest {
  readonly id: string
  readonly symbolId: number
  readonly status: BacktestStatus
  readonly settings: BacktestSettings
  readonly recipeHash: string
  /** The symbol's data version whose bars it sees, whatever is corrected while it runs or afterwards. */
  readonly dataVersion: number
  readonly asOf: Date | null
  /** SHA-256 of those bars up to the last session. */
  readonly fingerprint: string
  readonly fromSession: Session
  readonly toSession: Session
  /** Rows and folds that there will be. */
  readonly sessions: number
  readonly folds: number
  readonly doneSessions: number
  readonly doneFolds: number
  /** Whether the scaler has seen what is forecast. */
  readonly leaky: boolean
  /** Whether orders are executed at prices that nobody could have had. */
  readonly optimistic: boolean
  readonly engine: string | null
  readonly engineVersion: string | null
  readonly device: string | null
  readonly engineReason: string | null
  readonly lossCurve: readonly number[]
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly requestedAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

export function hasEnded({ status }: { readonly status: BacktestStatus }): boolean {
  return status !== 'QUEUED' && status !== 'RUNNING'
}

/** What rerunning a backtest with a corrupted future showed. */
export interface LeakCertificate {
  readonly id: string
  readonly backtestId: string
  /** Every bar after it was corrupted. */
  readonly session: Session
  /** Whether every row up to it came out again, byte for byte. */
  readonly passed: boolean
  readonly corruptedBars: number
  readonly comparedRows: number
  /** The first row that differed, and what of it. */
  readonly firstDifference: Session | null
  readonly differingField: string | null
  readonly engineVersion: string
  readonly durationMs: number
  readonly at: Date
}
