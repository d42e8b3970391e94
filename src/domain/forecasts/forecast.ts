/** Forecasts: statements about one session, and the predictions of the contenders behind them. */
import type { Drift } from './drift.js'
import type { Session } from '../calendar/session.js'

export const FORECAST_ORIGINS = ['ISSUED', 'REPLAY'] as const
/** `ISSUED` before the target session opened; `REPLAY` afterwards. */
export type ForecastOrigin = (typeof FORECAST_ORIGINS)[number]

export const SERVED_BY = ['PERSISTENCE', 'MODEL'] as const
export type ServedBy = (typeof SERVED_BY)[number]

export interface NewPrediction {
  /** A recipe's name, or {@link PERSISTENCE}. */
  readonly contender: string
  /** Null for persistence, and where a walk-forward made up for it afterwards. */
  readonly modelVersionId: string | null
  readonly predictedClose: number
  /** The close before, as it was known then. */
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

export interface NewForecast {
  readonly targetSession: Session
  /** The last session whose bar it knew. */
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
  /** Whether the intervals are the market's, for want of the contender's own residuals. */
  readonly warmingUp: boolean
  /** Of the version that serves; null where persistence does. */
  readonly drift: Drift | null
  /** The version that serves; where persistence does, one that was fitted for it. */
  readonly modelVersionId: string | null
  readonly dataVersion: number
}

export interface Forecast extends NewForecast {
  readonly id: string
  readonly symbolId: number
  readonly createdAt: Date
  /**
   * What the session came to, as it is known now, on the scale of prices that the forecast was made on; null until its bar
   * has arrived.
   */
  readonly actualClose: number | null
  readonly realisedAt: Date | null
}

/** What a forecast came to. */
export interface Realised {
  readonly actualClose: number
  /** Predicted less actual close. */
  readonly error: number
  /** Whether the direction was right; null where the forecast names none, as persistence, or the close did not move. */
  readonly hit: boolean | null
  /** Null where there was no interval. */
  readonly covered80: boolean | null
  readonly covered95: boolean | null
}

/** Undefined as long as its session has no bar. */
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
  const names = predictedClose !== before && actualClose !== before
  return {
    actualClose,
    error: predictedClose - actualClose,
    hit: names ? Math.sign(predictedClose - before) === Math.sign(actualClose - before) : null,
    covered80: holds(lower80, upper80),
    covered95: holds(lower95, upper95),
  }
}

/** How issued forecasts have done; what was replayed afterwards is not in it. Null where there is nothing to say. */
export interface TrackRecord {
  /** Issued forecasts whose sessions have happened. */
  readonly forecasts: number
  readonly rmse: number | null
  readonly persistenceRmse: number | null
  readonly skill: number | null
  readonly hitRate: number | null
  readonly coverage80: number | null
  readonly coverage95: number | null
  /** Of those served by a model. */
  readonly servedByModel: number
}
