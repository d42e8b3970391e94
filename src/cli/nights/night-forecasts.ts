/** The forecasts of a night, one for each symbol. */
import type { Session } from '../../domain/calendar/session.js'
import { MAX_PAGE_SIZE } from '../../domain/page.js'
import type { MarketData } from '../../services/bars/market-data.js'
import type { Forecasts } from '../../services/forecasts/forecasts.js'
import type { Nights } from '../../services/nights/nights.js'
import { forecastJson } from '../forecasts/forecast-json.js'
import { FORECAST_HEADINGS, forecastRow } from '../forecasts/forecast-lines.js'
import { table } from '../terminal/layout.js'
import { firstRows } from '../terminal/option-values.js'
import type { Terminal } from '../terminal/terminal.js'

/** Forecasts that are printed. */
const MAX_FORECASTS = 20

interface NightForecasts {
  readonly rows: readonly { readonly cells: string[]; readonly json: ReturnType<typeof forecastJson> }[]
  readonly hasMore: boolean
}

/** The first of them, in order of the symbols. */
export async function readForecasts(
  {
    nights,
    forecasts: reader,
    market,
  }: {
    readonly nights: Pick<Nights, 'outcomes'>
    readonly forecasts: Pick<Forecasts, 'forecastsById'>
    readonly market: Pick<MarketData, 'symbolsById'>
  },
  session: Session,
): Promise<NightForecasts> {
  // The outcomes of a symbol's recipes name one forecast.
  const { items, hasNextPage } = await nights.outcomes({ session }, firstRows(MAX_PAGE_SIZE))
  const ids = [...new Set(items.flatMap(({ forecastId }) => forecastId ?? []))]
  const forecasts = await reader.forecastsById(ids.slice(0, MAX_FORECASTS))
  const byId = new Map(forecasts.map((forecast) => [forecast.id, forecast]))
  const symbols = await market.symbolsById(forecasts.map(({ symbolId }) => symbolId))
  const symbolsById = new Map(symbols.map((symbol) => [symbol.id, symbol]))
  const rows = ids.slice(0, MAX_FORECASTS).flatMap((id) => {
    const forecast = byId.get(id)
    const symbol = forecast && symbolsById.get(forecast.symbolId)
    if (!symbol) return []
    return [{ cells: forecastRow(symbol, forecast), json: forecastJson(symbol.code, forecast) }]
  })
  return { rows, hasMore: hasNextPage || ids.length > MAX_FORECASTS }
}

export function printForecasts(terminal: Terminal, { rows, hasMore }: NightForecasts): void {
  if (rows.length === 0) return
  const cells = rows.map((row) => row.cells)
  terminal.print('')
  terminal.print(table([FORECAST_HEADINGS, ...cells], { numbers: true, width: terminal.columns }))
  if (hasMore) terminal.print('There are more; "kospigraph forecast" lists them.')
}
