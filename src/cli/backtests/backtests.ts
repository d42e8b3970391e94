/** `kospigraph backtests [symbol]`: lists backtests, newest first. */
import type { Backtests } from '../../services/backtests/backtests.js'
import type { MarketData } from '../../services/bars/market-data.js'
import { table } from '../terminal/layout.js'
import { noteMore } from '../terminal/more.js'
import { firstRows } from '../terminal/option-values.js'
import type { Terminal } from '../terminal/terminal.js'
import { backtestJson } from './backtest-json.js'
import { decimal, signed } from './backtest-report.js'

export interface BacktestsServices {
  readonly backtests: Pick<Backtests, 'backtests' | 'metrics'>
  readonly market: Pick<MarketData, 'symbolsById'>
}

export async function runBacktests(
  { backtests, market }: BacktestsServices,
  terminal: Terminal,
  { symbol, limit }: { readonly symbol: string | undefined; readonly limit: number },
): Promise<0> {
  const { items, hasNextPage } = await backtests.backtests(symbol, firstRows(limit))
  const [metrics, symbols] = await Promise.all([
    backtests.metrics(items.map(({ id }) => id)),
    market.symbolsById([...new Set(items.map(({ symbolId }) => symbolId))]),
  ])
  const codes = new Map(symbols.map(({ id, code }) => [id, code]))
  const listed = items.map((backtest, at) => {
    const found = metrics[at]
    return {
      code: codes.get(backtest.symbolId) ?? '',
      backtest,
      skill: found?.forecast?.skill ?? null,
      netReturn: found?.strategy.net.totalReturn ?? null,
    }
  })
  if (listed.length === 0) terminal.note('No backtest is stored; "kospigraph backtest <symbol>" runs one.')
  else {
    const rows = listed.map(({ code, backtest, skill, netReturn }) => [
      backtest.id,
      `${code} ${backtest.settings.recipe.name}`,
      backtest.status,
      decimal(skill),
      signed(netReturn),
    ])
    const headings = ['id', 'backtest', 'status', 'skill', 'net']
    terminal.print(table([headings, ...rows], { rightFrom: 3, width: terminal.columns }))
  }
  noteMore(terminal, hasNextPage)
  terminal.result({
    backtests: listed.map(({ code, backtest, skill, netReturn }) => ({
      ...backtestJson(code, backtest),
      skill,
      netReturn,
    })),
    hasMore: hasNextPage,
  })
  return 0
}
