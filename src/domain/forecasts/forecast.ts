/** Forecasts of one session, the contenders' predictions behind them, and their track record. */
import type { Drift } from './drift.js'
import { isHit } from './hit-rate.js'
import type { HitRates } from './hit-rate.js'
import type { TradingHoursBasis } from '../bars/price-basis.js'
import type { PriceGrid } from '../bars/price-grid.js'
import type { Session } from '../calendar/session.js'

export const FORECAST_ORIGINS = ['ISSUED', 'REPLAY'] as const
/** `ISSUED` before the target session opened; `REPLAY` afterwards. */
export type ForecastOrigin = (typeof FORECAST_ORIGINS)[number]

export const UNSCORED_REASONS = ['BREAK'] as const
/** `BREAK`: the series breaks before the target bar, so its close is not the price that was forecast. */
export type UnscoredReason = (typeof UNSCORED_REASONS)[number]

export const SERVED_BY = ['PERSISTENCE', 'MODEL'] as const
export type ServedBy = (typeof SERVED_BY)[number]

export interface NewPrediction {
  /** A recipe's name, or {@link PERSISTENCE}. */
  readonly contender: string
  /** Null for persistence, and for points that a walk-forward filled in afterwards. */
  readonly modelVersionId: string | null
  readonly predictedClose: number
  /** The close of the session before, as known then. */
  readonly previousClose: number
  /** The network's output before scaling; null for persistence. */
  readonly scaledOutput: number | null
  readonly saturated: boolean
}

export interface Prediction extends NewPrediction {
  readonly id: string
  readonly targetSession: Session
  readonly createdAt: Date
}

/** Its prices are exact; `served-prices.ts` moves them to the grid, which is that of the bars it was computed from. */
export interface NewForecast extends PriceGrid {
  readonly targetSession: Session
  /** The last session whose bar it was computed from. */
  readonly basedOnSession: Session
  readonly origin: ForecastOrigin
  readonly servedBy: ServedBy
  /** A recipe's name, or {@link PERSISTENCE}. */
  readonly contender: string
  readonly servedReason: string
  readonly predictedClose: number
  readonly persistenceClose: number
  readonly lower80: number | null
  readonly upper80: number | null
  readonly lower95: number | null
  readonly upper95: number | null
  /** Whether the intervals come from the market, because the contender has too few residuals of its own. */
  readonly warmingUp: boolean
  /** Drift of the serving version; null where persistence serves. */
  readonly drift: Drift | null
  /** The serving version; where persistence serves, a version that was fitted for this forecast. */
  readonly modelVersionId: string | null
  readonly dataVersion: number
}

export interface Forecast extends NewForecast {
  readonly id: string
  readonly symbolId: number
  readonly createdAt: Date
  /** The current close of the target bar on the price scale of the forecast; null until that bar arrives. */
  readonly actualClose: number | null
  readonly realisedAt: Date | null
  /** Why it is not compared with its target bar; null where it is, or that bar has not arrived. */
  readonly unscored: UnscoredReason | null
  /** The close that it is about: that of the symbol's bars when it was stored. */
  readonly closeBasis: TradingHoursBasis
}

/** Errors of a forecast whose target bar has arrived. */
export interface Realised {
  readonly actualClose: number
  /** Predicted minus actual close. */
  readonly error: number
  /** Whether the direction was right; null where the forecast has none (as persistence) or the close did not move. */
  readonly hit: boolean | null
  /** Whether the interval held the close; null where there was no interval. */
  readonly covered80: boolean | null
  readonly covered95: boolean | null
}

/** Compares a forecast with the actual close. @returns undefined until the target bar arrives */
export function realised(forecast: Forecast): Realised | undefined {
  const {
    actualClose,
    predictedClose,
    persistenceClose: before,
    lower80,
    upper80,
    lower95,
    upper95,
  } = forecast
  if (actualClose === null) return undefined
  const holds = (lower: number | null, upper: number | null): boolean | null =>
    lower === null || upper === null ? null : lower <= actualClose && actualClose <= upper
  return {
    actualClose,
    error: predictedClose - actualClose,
    hit: isHit({ predicted: predictedClose, actual: actualClose, previous: before }),
    covered80: holds(lower80, upper80),
    covered95: holds(lower95, upper95),
  }
}

/** Past errors of issued forecasts, replays excluded. Null where no forecast counts. */
export interface TrackRecord extends HitRates {
  /** Number of issued forecasts whose target bar has arrived. */
  readonly forecasts: number
  readonly rmse: number | null
  readonly persistenceRmse: number | null
  readonly skill: number | null
  readonly coverage80: number | null
  readonly coverage95: number | null
  /** How many of them a model served. */
  readonly servedByModel: number
  /** Further issued forecasts that are not compared, because the series breaks before their target bar. */
  readonly breaks: number
}
