/** One forecast as text: what is served and why, beside the prediction of every contender. */
import type { Forecast, Prediction } from '../../domain/forecasts/forecast.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { table } from '../terminal/layout.js'
import { price } from '../terminal/numbers.js'

const INDENT = '  '
const POOLED = "of the market's residuals: the contender has too few of its own"
const SATURATED = 'saturated: at the edge of what its scaler can express'

export interface ForecastReport {
  readonly forecast: Forecast
  readonly candidates: readonly Prediction[]
  readonly decimals: number
  /** Names the candidate of one version beside others of its recipe. */
  readonly nameOf?: (candidate: Prediction) => string
  readonly width: number
}

export function forecastLines({ forecast, candidates, decimals, nameOf, width }: ForecastReport): string[] {
  const won = (value: number): string => price(value, decimals)
  const rows = [
    ['served', won(forecast.predictedClose), `by ${forecast.servedBy}: ${forecast.servedReason}`],
    ...candidates.map((candidate) => [
      nameOf?.(candidate) ?? candidate.contender,
      won(candidate.predictedClose),
      candidate.saturated ? SATURATED : '',
    ]),
  ]
  const lines = table(rows, { width, indent: INDENT })
  const { lower80, upper80, lower95, upper95, warmingUp } = forecast
  if (lower80 === null || upper80 === null || lower95 === null || upper95 === null) return lines
  const bounds = [
    ['80 % interval', `${won(lower80)} to ${won(upper80)}`, warmingUp ? POOLED : ''],
    ['95 % interval', `${won(lower95)} to ${won(upper95)}`, ''],
  ]
  return [...lines, ...table(bounds, { width, indent: INDENT })]
}

export const FORECAST_HEADINGS = ['symbol', 'session', 'forecast', '80 % interval', 'served by']

/** A forecast as a row under {@link FORECAST_HEADINGS}. */
export function forecastRow(
  { code, decimals }: Pick<StoredSymbol, 'code' | 'decimals'>,
  forecast: Forecast,
): string[] {
  const { targetSession, predictedClose, lower80, upper80, contender } = forecast
  const interval =
    lower80 === null || upper80 === null ? '-' : `${price(lower80, decimals)} to ${price(upper80, decimals)}`
  return [code, targetSession, price(predictedClose, decimals), interval, contender]
}
