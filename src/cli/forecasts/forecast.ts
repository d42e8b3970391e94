/** `kospigraph forecast [symbol]`: prints the newest forecast of one symbol in full, or of every symbol in a line. */
import type { Forecast } from '../../domain/forecasts/forecast.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Forecasts } from '../../services/forecasts/forecasts.js'
import { titleOf } from '../bars/symbol-title.js'
import { table } from '../terminal/layout.js'
import { noteMore } from '../terminal/more.js'
import { firstRows } from '../terminal/option-values.js'
import type { Terminal } from '../terminal/terminal.js'
import { candidateJson, forecastJson } from './forecast-json.js'
import { forecastLines, forecastRow, FORECAST_HEADINGS } from './forecast-lines.js'

export interface ForecastServices {
  readonly market: Pick<MarketData, 'symbol' | 'symbols'>
  readonly forecasts: Pick<Forecasts, 'forecast' | 'candidates'>
}

/** @returns the exit code: 1 where the symbol has no forecast */
export async function showForecast(
  { market, forecasts }: ForecastServices,
  terminal: Terminal,
  code: string,
): Promise<0 | 1> {
  const [forecast, symbol] = [await forecasts.forecast(code), await market.symbol(code)]
  if (!symbol || !forecast) {
    terminal.result({ symbol: code, forecast: null, candidates: [] })
    terminal.note(
      `${code} has no forecast yet; "kospigraph retrain --symbol ${code}" makes one, and "kospigraph night" where its bars are up to date.`,
    )
    return 1
  }
  const candidates = (await forecasts.candidates([forecast.id])).get(forecast.id) ?? []
  const simulated = symbol.simulated ? ', simulated' : ''
  terminal.print(
    `${titleOf(symbol)}${simulated}: forecast for ${forecast.targetSession}, ${forecast.origin}, from bars to ${forecast.basedOnSession}`,
  )
  terminal.print(forecastLines({ forecast, candidates, decimals: symbol.decimals, width: terminal.columns }))
  terminal.result({
    symbol: code,
    forecast: forecastJson(code, forecast),
    candidates: candidates.map((candidate) => candidateJson(candidate, forecast)),
  })
  return 0
}

/** One line for each symbol that has a forecast. */
export async function listForecasts(
  { market, forecasts }: ForecastServices,
  terminal: Terminal,
  limit: number,
): Promise<0> {
  const { items, hasNextPage } = await market.symbols({}, firstRows(limit))
  const found = await Promise.all(
    items.map(async (symbol) => ({ symbol, forecast: await forecasts.forecast(symbol.code) })),
  )
  const rows = found.filter(
    (one): one is { symbol: StoredSymbol; forecast: Forecast } => one.forecast !== undefined,
  )
  if (rows.length === 0) terminal.note('No symbol has a forecast yet; "kospigraph night" makes them.')
  else {
    const lines = rows.map(({ symbol, forecast }) => forecastRow(symbol, forecast))
    terminal.print(table([FORECAST_HEADINGS, ...lines], { numbers: true, width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({
    forecasts: rows.map(({ symbol, forecast }) => forecastJson(symbol.code, forecast)),
    hasMore: hasNextPage,
  })
  return 0
}
