/** Forecasts: statements about one session, and the predictions of the contenders behind them. */
import type { Session } from './session.js'

export const FORECAST_ORIGINS = ['ISSUED', 'REPLAY'] as const
/** `ISSUED` before the target session opened; `REPLAY` afterwards. */
export type ForecastOrigin = (typeof FORECAST_ORIGINS)[number]

export const SERVED_BY = ['PERSISTENCE', 'MODEL'] as const
export type ServedBy = (typeof SERVED_BY)[number]

/** The contender that says: tomorrow's close is today's. */
export const PERSISTENCE = 'persistence'

export interface NewPrediction {
  /** A recipe's name, or {@link PERSISTENCE}. */
  readonly contender: string
  readonly modelVersionId: string | null
  readonly predictedClose: number
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
  readonly servedReason: string
  readonly predictedClose: number
  readonly persistenceClose: number
  readonly modelVersionId: string | null
  readonly dataVersion: number
}

export interface Forecast extends NewForecast {
  readonly id: string
  readonly symbolId: number
  readonly createdAt: Date
}
