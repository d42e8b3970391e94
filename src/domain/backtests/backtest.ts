/** Backtests: a recipe's forecasts of past sessions, each from bars before its session, and a strategy's returns. */
import type { Recipe } from '../models/recipe.js'
import type { Session } from '../calendar/session.js'
import type { Execution, OrderOutcome, Position, StrategyKind, UnfilledReason } from './strategy.js'
import type { TradingSettings } from './trading-settings.js'

/**
 * `FIXED_SPLIT`: one fit on the first samples, as in tutorials, forecasts every session, those it trained on included.
 * `WALK_FORWARD`: a new fit before every N-th session.
 */
export const BACKTEST_PROTOCOLS = ['FIXED_SPLIT', 'WALK_FORWARD'] as const
export type BacktestProtocol = (typeof BACKTEST_PROTOCOLS)[number]

export const BACKTEST_STATUSES = ['QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const
export type BacktestStatus = (typeof BACKTEST_STATUSES)[number]

/** `ROLLING`: every fit sees the same number of bars. `EXPANDING`: every fit sees all bars before it. */
export const BACKTEST_WINDOWS = ['ROLLING', 'EXPANDING'] as const
export type BacktestWindow = (typeof BACKTEST_WINDOWS)[number]

/** The rows that the scaler of a fixed split is fitted on. `ALL_ROWS` includes the forecast sessions, so it leaks. */
export const SCALER_FITS = ['TRAINING_ROWS', 'ALL_ROWS'] as const
export type ScalerFit = (typeof SCALER_FITS)[number]

export interface BacktestStrategy {
  readonly kind: StrategyKind
  /** Log return that a forecast must exceed to change the position. */
  readonly threshold: number
  readonly execution: Execution
  /** Commission of every fill, in basis points. */
  readonly commissionBps: number
  /** How much worse than the market price every fill is, in basis points. */
  readonly slippageBps: number
  /** The same in ticks, beside it. Backtests of earlier versions lack it. */
  readonly slippageTicks?: number
}

interface CommonSettings {
  /** The whole recipe, so that a later change of the configuration does not affect the backtest. */
  readonly recipe: Recipe
  readonly seed: number
  readonly strategy: BacktestStrategy
  /** Backtests of earlier versions lack it. */
  readonly trading?: TradingSettings
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

/** `TRAIN`: a session whose close the fit was trained on. `TEST`: a session that it had not seen. */
export const BACKTEST_PARTS = ['TRAIN', 'TEST'] as const
export type BacktestPart = (typeof BACKTEST_PARTS)[number]

/** One session of a backtest. Prices are in the symbol's currency; equity starts at 1. */
export interface BacktestRow {
  /** From 0, in session order. */
  readonly ordinal: number
  /** The fold whose fit forecast it, from 0. */
  readonly fold: number
  readonly session: Session
  readonly part: BacktestPart
  readonly actualClose: number
  /** The forecast of persistence. */
  readonly previousClose: number
  /** Null where the fold's fit failed. */
  readonly predictedClose: number | null
  /** The network's output, before the scaler turns it into a price. */
  readonly scaledOutput: number | null
  readonly saturated: boolean
  /** Interval bounds; null while there are too few residuals. */
  readonly lower80: number | null
  readonly upper80: number | null
  readonly lower95: number | null
  readonly upper95: number | null
  /** The position that the forecast calls for. This and all later fields are null in the training part. */
  readonly target: Position | null
  readonly order: OrderOutcome | null
  /** Why the order, or the short sale of a reversal, did not fill; null where nothing was refused. */
  readonly unfilledReason: UnfilledReason | null
  readonly fillPrice: number | null
  /** The position held at the close. */
  readonly position: Position | null
  /** Traded value over the equity before the trade. */
  readonly turnover: number | null
  readonly tradingCosts: number | null
  readonly tax: number | null
  readonly grossEquity: number | null
  readonly netEquity: number | null
  /** Equity of buy-and-hold. */
  readonly holdGrossEquity: number | null
  readonly holdNetEquity: number | null
}

/** The metrics so far, cheap enough to update every session. Null where there are too few sessions. */
export interface RunningMetrics {
  /** Sessions of the test part that had a forecast. */
  readonly sessions: number
  readonly rmse: number | null
  readonly persistenceRmse: number | null
  readonly skill: number | null
  /** As `domain/forecasts/hit-rate.ts` defines them. Events of earlier versions lack the base rate. */
  readonly hitRate: number | null
  readonly baseRate?: number | null
  readonly coverage80: number | null
  readonly coverage95: number | null
  readonly grossReturn: number
  readonly netReturn: number
  readonly holdReturn: number
  readonly sharpe: number | null
  readonly maxDrawdown: number | null
}

/** The metrics of a backtest without rows. */
export const NO_METRICS: RunningMetrics = {
  sessions: 0,
  rmse: null,
  persistenceRmse: null,
  skill: null,
  hitRate: null,
  baseRate: null,
  coverage80: null,
  coverage95: null,
  grossReturn: 0,
  netReturn: 0,
  holdReturn: 0,
  sharpe: null,
  maxDrawdown: null,
}

/** Payload of the events of a backtest: a finished fold with its rows, or the end. */
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

/** The last event of a backtest that no worker will finish. */
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
  /** The symbol's data version that it reads bars as of; later corrections do not affect it. */
  readonly dataVersion: number
  readonly asOf: Date | null
  /** SHA-256 of those bars up to the last session, in hexadecimal. */
  readonly fingerprint: string
  readonly fromSession: Session
  readonly toSession: Session
  /** Planned number of rows; the planned number of folds follows. */
  readonly sessions: number
  readonly folds: number
  readonly doneSessions: number
  readonly doneFolds: number
  /** Whether the scaler has seen the forecast sessions. */
  readonly leaky: boolean
  /** Whether orders are filled at prices that no trader could get. */
  readonly optimistic: boolean
  /** Sessions, from the first bar read to the last, before which the series breaks. */
  readonly breaks: readonly Session[]
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

/** Result of a leak check: a rerun of a backtest with corrupted bars after one session. */
export interface LeakCertificate {
  readonly id: string
  readonly backtestId: string
  /** Every bar after this session was corrupted. */
  readonly session: Session
  /** Whether every row up to the session was reproduced byte for byte. */
  readonly passed: boolean
  readonly corruptedBars: number
  readonly comparedRows: number
  /** Session and field of the first difference; null where there is none. */
  readonly firstDifference: Session | null
  readonly differingField: string | null
  readonly engineVersion: string
  readonly durationMs: number
  readonly at: Date
}
