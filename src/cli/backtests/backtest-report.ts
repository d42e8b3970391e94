/** The results of a backtest as text. */
import type { Backtest, BacktestRow, LeakCertificate } from '../../domain/backtests/backtest.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { UNFILLED_REASONS } from '../../domain/backtests/strategy.js'
import type { UnfilledReason } from '../../domain/backtests/strategy.js'
import type { TradingAssumption } from '../../domain/backtests/trading-assumption.js'
import type { BacktestMetrics, StrategyPerformance } from '../../services/backtests/backtests.js'
import { rangeOf, sparkline } from '../terminal/sparkline.js'
import { PROSE_COLUMNS, table, wrap } from '../terminal/layout.js'
import { count, counted, price } from '../terminal/numbers.js'

const WIDTH = PROSE_COLUMNS
const INDENT = '  '
const NONE = '-'
const MAX_NAMED_BREAKS = 3

export interface BacktestReport {
  readonly backtest: Backtest
  readonly symbol: StoredSymbol
  /** Null where nothing was done. */
  readonly metrics: BacktestMetrics | null
  readonly rows: readonly BacktestRow[]
}

export function reportLines({ backtest, symbol, metrics, rows }: BacktestReport): string[] {
  return [
    ...title(backtest, symbol),
    ...warnings(backtest),
    ...(metrics ? [...forecastLines(metrics, symbol), ...strategyLines(metrics, backtest)] : []),
    ...equityLines(rows),
    ...whereLines(backtest),
  ]
}

export function certificateLines(certificate: LeakCertificate): string[] {
  const { session, passed, corruptedBars, comparedRows, firstDifference, differingField } = certificate
  const text = passed
    ? `certified: with other prices in all ${count(corruptedBars)} bars after ${session}, all ${count(comparedRows)} rows up to it came out again, byte for byte`
    : `NOT CERTIFIED: with other prices in the ${count(corruptedBars)} bars after ${session}, ${String(differingField)} of ${String(firstDifference)} came out differently: it looks ahead`
  return wrap(text, WIDTH)
}

/** `KOSPI seed`, as bars and titles name a backtest. */
export function nameOf({ settings }: Backtest, symbol: StoredSymbol): string {
  return `${symbol.code} ${settings.recipe.name}`
}

function title(backtest: Backtest, symbol: StoredSymbol): string[] {
  const { settings, fromSession, toSession, sessions, doneSessions } = backtest
  const how =
    settings.protocol === 'WALK_FORWARD'
      ? `walk-forward, a fit before ${settings.refitEvery === 1 ? 'every session' : `every ${count(settings.refitEvery)} sessions`}, ${settings.window.toLowerCase()} window`
      : `fixed split, one fit on the first ${count(settings.trainSamples)} samples`
  const done = doneSessions === sessions ? '' : `, ${count(doneSessions)} of them done`
  const seen = backtest.asOf === null ? '' : ` as known at ${backtest.asOf.toISOString()}`
  return [
    ...wrap(`${nameOf(backtest, symbol)}, ${how}`, WIDTH),
    ...wrap(
      `${fromSession} to ${toSession}, ${counted(sessions, 'session')}${done}, seed ${settings.seed}${seen}`,
      WIDTH,
      INDENT,
    ),
  ]
}

function warnings({ leaky, optimistic, breaks }: Backtest): string[] {
  return [
    ...(leaky ? ['LEAKY: the scaler has seen the sessions that are forecast; do not trust it.'] : []),
    ...(optimistic ? ['OPTIMISTIC: orders are filled at the same closes that they are decided from.'] : []),
    ...(breaks.length === 0
      ? []
      : wrap(
          `BREAKS: the series breaks on ${breaks.slice(0, MAX_NAMED_BREAKS).join(', ')}` +
            `${breaks.length > MAX_NAMED_BREAKS ? ` and ${count(breaks.length - MAX_NAMED_BREAKS)} times more` : ''}; ` +
            'no fit, forecast, fill or return crosses it, and positions end at the last close before it.',
          WIDTH,
        )),
  ]
}

function forecastLines({ forecast, training, intervals }: BacktestMetrics, symbol: StoredSymbol): string[] {
  if (!forecast) return ['Forecasts: none; no fold could be fitted.']
  const won = (value: number): string => price(value, symbol.decimals)
  const { dieboldMariano: test } = forecast
  return [
    `Forecasts of ${count(forecast.sessions)} sessions`,
    ...indented(
      table(
        [
          ['', 'model', 'persistence'],
          ['RMSE', won(forecast.rmse), won(forecast.persistenceRmse)],
          ['MAE', won(forecast.mae), won(forecast.persistenceMae)],
          ...(training ? [['RMSE in training', won(training.rmse), won(training.persistenceRmse)]] : []),
          ['skill', decimal(forecast.skill), '0'],
          ['hit rate', share(forecast.hitRate), NONE],
          ...baseRateRow(forecast),
          ['saturated', share(forecast.saturatedShare), NONE],
        ],
        { rightFrom: 1 },
      ),
    ),
    ...wrap(
      test.kind === 'tested'
        ? `Diebold-Mariano against persistence: p ${pValue(test.pValue)}, small if the model is better`
        : `not tested against persistence: ${test.reason.toLowerCase().replaceAll('_', ' ')}`,
      WIDTH,
      INDENT,
    ),
    ...intervals.flatMap(({ level, coverage, meanWidth, winklerScore }) =>
      wrap(
        `${(level * 100).toFixed(0)} % intervals: ${share(coverage)} covered, mean width ${won(meanWidth)}, Winkler score ${won(winklerScore)}`,
        WIDTH,
        INDENT,
      ),
    ),
  ]
}

/** The base rate with the direction that has it; metrics stored by earlier versions lack it. */
function baseRateRow({ upRate, baseRate }: NonNullable<BacktestMetrics['forecast']>): string[][] {
  if (typeof baseRate !== 'number') return []
  return [[upRate === baseRate ? 'always up' : 'always down', share(baseRate), NONE]]
}

const UNFILLED: Readonly<Record<UnfilledReason, string>> = {
  HALT: 'in a halt',
  AUCTION: 'without an auction',
  LIMIT: 'at a daily limit',
  BANNED: 'short while banned',
  NO_SHORT_LIST: 'short without a list',
}

const ASSUMED: Readonly<Record<TradingAssumption, string>> = {
  INDEX_PROXY: 'an index cannot be traded; its prices stand for those of a future, without tax and limits',
  KIND_UNKNOWN: 'the kind of the symbol is not known, so sales are taxed as those of a share',
  MARKET_UNKNOWN: 'the market of the symbol is not known, so tax and limits are those of the KOSPI',
  NO_SHORT_LIST:
    'short sales were permitted for listed shares only, and no list is configured (SHORT_SALE_FILE), so they were refused',
  NO_TICK:
    'some fills have no known tick, as prices are adjusted, so slippage in ticks was not charged there',
}

/** `, of them 3 at a daily limit and 4 short while banned`; metrics stored by earlier versions have no reasons. */
function unfilledText({ unfilledByReason }: BacktestMetrics['strategy']): string {
  const texts = UNFILLED_REASONS.flatMap((reason) => {
    const orders = unfilledByReason?.[reason] ?? 0
    return orders === 0 ? [] : [`${count(orders)} ${UNFILLED[reason]}`]
  })
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`
}

function strategyLines(
  { strategy, breakEven, assumptions = [] }: BacktestMetrics,
  { settings: { strategy: settings } }: Backtest,
): string[] {
  const { gross, net, hold } = strategy
  const columns = [gross, net, hold.gross, hold.net]
  const line = (name: string, of: (curve: StrategyPerformance) => string): string[] => [
    name,
    ...columns.map(of),
  ]
  const ticks = settings.slippageTicks ? ` and ${counted(settings.slippageTicks, 'tick')}` : ''
  const kind = settings.kind === 'LONG_FLAT' ? 'long or flat' : 'long or short'
  return [
    ...wrap(
      `Strategy: ${kind}, commission ${settings.commissionBps} bp and slippage ${settings.slippageBps} bp${ticks} a fill`,
      WIDTH,
    ),
    ...indented(
      table(
        [
          ['', 'gross', 'net', 'hold gross', 'hold net'],
          line('total return', ({ totalReturn }) => signed(totalReturn)),
          line('CAGR', ({ cagr }) => signed(cagr)),
          line('volatility', ({ volatility }) => share(volatility)),
          line('Sharpe', ({ sharpe }) => decimal(sharpe, 2)),
          line('Sortino', ({ sortino }) => decimal(sortino, 2)),
          line('max drawdown', ({ maxDrawdown }) => share(maxDrawdown?.depth ?? null)),
          line('  from', ({ maxDrawdown }) => maxDrawdown?.peak ?? NONE),
          line('  to', ({ maxDrawdown }) => maxDrawdown?.trough ?? NONE),
          line('  recovered', ({ maxDrawdown }) => maxDrawdown?.recovery ?? NONE),
          line('Calmar', ({ calmar }) => decimal(calmar, 2)),
        ],
        { rightFrom: 1 },
      ),
    ),
    ...(strategy.ruinedOn
      ? wrap(
          `RUINED on ${strategy.ruinedOn}: nothing was left, and nothing was traded afterwards.`,
          WIDTH,
          INDENT,
        )
      : []),
    ...wrap(
      `exposure ${share(strategy.exposure)}, turnover ${decimal(strategy.turnover, 1)} a year, ` +
        `${count(strategy.trades)} trades closed, won ${share(strategy.grossWinRate)} gross and ${share(strategy.netWinRate)} net` +
        (strategy.tradesEndedByBreak ? `; breaks ended ${count(strategy.tradesEndedByBreak)} of them` : ''),
      WIDTH,
      INDENT,
    ),
    ...wrap(
      `costs ${share(strategy.tradingCosts)} and tax ${share(strategy.tax)} of the equity at the start, ` +
        `${count(strategy.filledOrders)} orders filled, ${count(strategy.unfilledOrders)} unfilled${unfilledText(strategy)}`,
      WIDTH,
      INDENT,
    ),
    ...wrap(
      `break-even cost of a fill ${basisPoints(breakEven.costBps)}, against buy-and-hold ${basisPoints(breakEven.costBpsAgainstHold)}`,
      WIDTH,
      INDENT,
    ),
    ...assumptions.flatMap((assumption) => wrap(`assumed: ${ASSUMED[assumption]}`, WIDTH, INDENT)),
  ]
}

function equityLines(rows: readonly BacktestRow[]): string[] {
  const curve = (of: (row: BacktestRow) => number | null): number[] => rows.flatMap((row) => of(row) ?? [])
  const [net, hold] = [curve((row) => row.netEquity), curve((row) => row.holdNetEquity)]
  if (net.length === 0) return []
  const range = rangeOf([1, ...net, ...hold])
  const line = (name: string, values: readonly number[]): string => {
    const end = values.at(-1)?.toFixed(2) ?? ''
    return `${INDENT}${name}  ${sparkline(values, WIDTH - INDENT.length - name.length - end.length - 4, range)}  ${end}`
  }
  return [
    `Equity, net, from ${range.lowest.toFixed(2)} to ${range.highest.toFixed(2)} of the start`,
    line('strategy', net),
    line('hold    ', hold),
  ]
}

function whereLines({ id, engineVersion, device }: Backtest): string[] {
  return [
    ...wrap(
      `Backtest ${id}${engineVersion === null ? '' : `, ${engineVersion} on ${String(device)}`}`,
      WIDTH,
    ),
    `${INDENT}rows  /backtests/${id}.csv (or .ndjson)`,
    `${INDENT}      { backtestRows(backtest: "${id}") { … } }`,
  ]
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => INDENT + line)
}

export function decimal(value: number | null, digits = 3): string {
  return value === null ? NONE : value.toFixed(digits)
}

function share(value: number | null): string {
  return value === null ? NONE : `${(value * 100).toFixed(1)} %`
}

export function signed(value: number | null): string {
  return value === null ? NONE : `${value < 0 ? '' : '+'}${(value * 100).toFixed(1)} %`
}

function pValue(value: number): string {
  return value < 0.001 ? '< 0.001' : `= ${value.toFixed(3)}`
}

function basisPoints(value: number | null): string {
  return value === null ? 'none' : `${value.toFixed(1)} bp`
}
