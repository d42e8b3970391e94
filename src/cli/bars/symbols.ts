/** `kospigraph symbols`: lists the symbols with bars, or the symbol master. */
import type { Market, SymbolKind } from '../../domain/symbol.js'
import type { Instruments } from '../../services/bars/instruments.js'
import type { MarketData } from '../../services/bars/market-data.js'
import { noteMore } from '../terminal/more.js'
import { table } from '../terminal/layout.js'
import { count } from '../terminal/numbers.js'
import { firstRows } from '../terminal/option-values.js'
import type { Terminal } from '../terminal/terminal.js'
import { symbolJson } from './symbol-json.js'

export interface SymbolsOptions {
  readonly search: string | undefined
  readonly kind: SymbolKind | undefined
  readonly market: Market | undefined
  readonly limit: number
}

export async function runSymbols(
  market: Pick<MarketData, 'symbols'>,
  terminal: Terminal,
  options: SymbolsOptions,
): Promise<0> {
  const { items, hasNextPage } = await market.symbols(filterOf(options), firstRows(options.limit))
  const rows = items.map((symbol) => [
    symbol.code,
    symbol.name === symbol.code ? '' : symbol.name,
    `${symbol.simulated ? 'simulated ' : ''}${kindWords(symbol.kind)}`,
    symbol.market ?? '',
    count(symbol.dataVersion),
  ])
  if (rows.length === 0) {
    terminal.note(
      Object.keys(filterOf(options)).length === 0
        ? 'No symbol is stored; "kospigraph ingest" stores bars from a file.'
        : 'No stored symbol matches.',
    )
  } else {
    const headings = ['symbol', 'name', 'kind', 'market', 'data version']
    terminal.print(table([headings, ...rows], { numbers: true, width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({ symbols: items.map(symbolJson), hasMore: hasNextPage })
  return 0
}

export async function runListings(
  instruments: Pick<Instruments, 'listings'>,
  terminal: Terminal,
  options: SymbolsOptions,
): Promise<0> {
  const { items, hasNextPage } = await instruments.listings(filterOf(options), firstRows(options.limit))
  const rows = items.map(({ code, nameKo, nameEn, kind, market, listedOn, delistedOn }) => [
    code,
    nameKo ?? nameEn ?? '',
    kindWords(kind),
    market ?? '',
    `${listedOn ?? ''}${delistedOn === null ? '' : ` to ${delistedOn}`}`,
  ])
  if (rows.length === 0) {
    terminal.note(
      Object.keys(filterOf(options)).length === 0
        ? 'The symbol master is empty; "kospigraph symbols import" adds a list to it.'
        : 'No instrument of the symbol master matches.',
    )
  } else {
    const headings = ['code', 'name', 'kind', 'market', 'listed']
    terminal.print(table([headings, ...rows], { width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({ listings: items, hasMore: hasNextPage })
  return 0
}

function filterOf({ search, kind, market }: SymbolsOptions) {
  return {
    ...(search !== undefined && { search }),
    ...(kind !== undefined && { kind }),
    ...(market !== undefined && { market }),
  }
}

function kindWords(kind: SymbolKind): string {
  return kind.toLowerCase().replace('_', ' ')
}
