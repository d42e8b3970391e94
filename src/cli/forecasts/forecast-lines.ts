/** One forecast as text: what is served and why, beside the prediction of every contender. */
import type { Forecast, Prediction } from '../../domain/forecasts/forecast.js'
import { servedClose, servedInterval } from '../../domain/forecasts/served-prices.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { table, wrap } from '../terminal/layout.js'
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
  const served = (exact: number): string => won(servedClose(forecast, exact))
  const rows = [
    ['served', served(forecast.predictedClose), `by ${forecast.servedBy}: ${forecast.servedReason}`],
    ...candidates.map((candidate) => [
      nameOf?.(candidate) ?? candidate.contender,
      served(candidate.predictedClose),
      candidate.saturated ? SATURATED : '',
    ]),
  ]
  const lines = [...warning(forecast, width), ...table(rows, { width, indent: INDENT })]
  const narrow = servedInterval(forecast, forecast.lower80, forecast.upper80)
  const wide = servedInterval(forecast, forecast.lower95, forecast.upper95)
  if (!narrow || !wide) return lines
  const bounds = [
    ['80 % interval', `${won(narrow.lower)} to ${won(narrow.upper)}`, forecast.warmingUp ? POOLED : ''],
    ['95 % interval', `${won(wide.lower)} to ${won(wide.upper)}`, ''],
  ]
  return [...lines, ...table(bounds, { width, indent: INDENT })]
}

/** A close other than the regular one is unusual enough to precede the numbers. */
function warning({ closeBasis }: Forecast, width: number): string[] {
  if (closeBasis === 'REGULAR') return []
  const about =
    closeBasis === 'EXTENDED'
      ? 'the price of 20:00, not the regular close of 15:30'
      : 'a close whose hours no source has stated; it may be that of 15:30 or of 20:00'
  return wrap(`warning: this forecast is about ${about}`, width, INDENT)
}

export const FORECAST_HEADINGS = ['symbol', 'session', 'forecast', '80 % interval', 'served by']

/** A forecast as a row under {@link FORECAST_HEADINGS}. */
export function forecastRow(
  { code, decimals }: Pick<StoredSymbol, 'code' | 'decimals'>,
  forecast: Forecast,
): string[] {
  const { targetSession, predictedClose, lower80, upper80, contender } = forecast
  const bounds = servedInterval(forecast, lower80, upper80)
  const interval = bounds ? `${price(bounds.lower, decimals)} to ${price(bounds.upper, decimals)}` : '-'
  return [code, targetSession, price(servedClose(forecast, predictedClose), decimals), interval, contender]
}
