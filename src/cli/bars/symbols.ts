/** `kospigraph symbols`: lists the stored symbols. */
import type { SymbolKind } from '../../domain/symbol.js'
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
  readonly limit: number
}

export async function runSymbols(
  market: Pick<MarketData, 'symbols'>,
  terminal: Terminal,
  { search, kind, limit }: SymbolsOptions,
): Promise<0> {
  const filter = { ...(search !== undefined && { search }), ...(kind !== undefined && { kind }) }
  const { items, hasNextPage } = await market.symbols(filter, firstRows(limit))
  const rows = items.map((symbol) => [
    symbol.code,
    symbol.name === symbol.code ? '' : symbol.name,
    `${symbol.simulated ? 'simulated ' : ''}${symbol.kind.toLowerCase().replace('_', ' ')}`,
    symbol.market ?? '',
    count(symbol.dataVersion),
  ])
  if (rows.length === 0) {
    terminal.note(
      search === undefined && kind === undefined
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
