/**
 * Backtests the recipes net of Korean costs: walk-forwards with a fit before every session, on the KOSPI from 2016
 * to 2025 and on 20 symbols of the universe, both recipes, each certified against corrupted later bars from its
 * middle on.
 *
 * The symbols: of the codes in order with at least 300 bars of which 95 % had trades, those at place floor(i *
 * count / 20). Strategy: long or flat, threshold 0, at the next open; commission 1.5 and slippage 2 basis points,
 * transaction tax on shares. No parameter was chosen by these numbers.
 */
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Backtest } from '../src/domain/backtests/backtest.js'
import { RANK_OF_PEOPLE } from '../src/domain/bars/delivery.js'
import type { Session } from '../src/domain/calendar/session.js'
import { openBarFile } from '../src/market/csv/bar-file.js'
import type { BacktestMetrics } from '../src/services/backtests/backtests.js'
import type { StartBacktestRequest } from '../src/services/backtests/start-backtest.js'
import { withOwnPlatform } from './support/database.js'
import { universe } from './support/market-data.js'

const DATA = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../../shared/data')
const SYMBOLS = 20
const MIN_BARS = 300
const RECIPES = ['seed', 'returns'] as const

type Platform = Parameters<Parameters<typeof withOwnPlatform>[0]>[0]

interface Result {
  readonly code: string
  readonly recipe: string
  readonly backtest: Backtest
  readonly metrics: BacktestMetrics
  readonly passed: boolean
}

async function ingest({ services }: Platform, file: string, symbol?: string): Promise<void> {
  const source = await openBarFile(path.join(DATA, file), symbol === undefined ? {} : { symbol })
  const { status } = await services.ingestBars({
    source: 'FILE',
    label: file,
    rank: RANK_OF_PEOPLE,
    onInvalid: 'SKIP',
    batches: source.batches,
    checksum: () => source.checksum(),
  })
  if (status !== 'STORED') throw new Error(`${file}: ${status}`)
}

function drawnCodes(): string[] {
  const eligible = [...universe()]
    .filter(([, { sessions, volume }]) => {
      const traded = volume.filter((shares) => shares > 0).length
      return sessions.length >= MIN_BARS && traded >= 0.95 * sessions.length
    })
    .map(([code]) => code)
    .sort()
  return Array.from(
    { length: SYMBOLS },
    (_, i) => eligible[Math.floor((i * eligible.length) / SYMBOLS)] ?? '',
  )
}

async function run({ services }: Platform, request: Partial<StartBacktestRequest>): Promise<Result> {
  const { symbol = '', recipe = '' } = request
  const { id } = await services.startBacktest({
    symbol,
    recipe,
    seed: 0,
    protocol: 'WALK_FORWARD',
    refitEvery: 1,
    window: 'ROLLING',
    trainSamples: 200,
    scalerFit: 'TRAINING_ROWS',
    strategy: { kind: 'LONG_FLAT', threshold: 0, execution: 'NEXT_OPEN', commissionBps: 1.5, slippageBps: 2 },
    ...request,
  })
  const sessions: Session[] = []
  for await (const { rows } of services.backtests.follow(id, 0))
    sessions.push(...rows.map(({ session }) => session))
  const middle = sessions[Math.floor(sessions.length / 2)]
  const backtest = await services.backtests.backtest(id)
  const [metrics] = await services.backtests.metrics([id])
  if (!backtest || !metrics || middle === undefined)
    throw new Error(`${symbol} ${recipe}: ${backtest?.errorMessage ?? ''}`)
  const { passed } = await services.certifyBacktest(id, middle)
  return { code: symbol, recipe, backtest, metrics, passed }
}

const percent = (value: number | null | undefined): string =>
  value === null || value === undefined ? '-' : `${(value * 100).toFixed(1)} %`
const number = (value: number | null | undefined, digits = 2): string =>
  value === null || value === undefined ? '-' : value.toFixed(digits)

function facts({ backtest, metrics, passed }: Result): [string, string][] {
  const { forecast, intervals, strategy, breakEven } = metrics
  const { net, gross, hold } = strategy
  const test = forecast?.dieboldMariano
  return [
    ['sessions', `${backtest.doneSessions}, ${backtest.fromSession} to ${backtest.toSession}`],
    ['RMSE / persistence', `${number(forecast?.rmse)} / ${number(forecast?.persistenceRmse)}`],
    ['skill', number(forecast?.skill, 4)],
    ['MAE / persistence', `${number(forecast?.mae)} / ${number(forecast?.persistenceMae)}`],
    ['hit rate / base rate', `${percent(forecast?.hitRate)} / ${percent(forecast?.baseRate)}`],
    ['saturated', percent(forecast?.saturatedShare)],
    ['DM p', test?.kind === 'tested' ? number(test.pValue, 3) : '-'],
    ['coverage 80 / 95', intervals.map(({ coverage }) => percent(coverage)).join(' / ')],
    ['Winkler 80 / 95', intervals.map(({ winklerScore }) => number(winklerScore, 1)).join(' / ')],
    [
      'total return gross / net / hold',
      [gross, net, hold.net].map((one) => percent(one.totalReturn)).join(' / '),
    ],
    ['CAGR net / hold', [net, hold.net].map((one) => percent(one.cagr)).join(' / ')],
    ['volatility net / hold', [net, hold.net].map((one) => percent(one.volatility)).join(' / ')],
    ['Sharpe net / hold', [net, hold.net].map((one) => number(one.sharpe)).join(' / ')],
    ['Sortino net / hold', [net, hold.net].map((one) => number(one.sortino)).join(' / ')],
    [
      'largest drawdown, net',
      net.maxDrawdown === null
        ? '-'
        : `${percent(net.maxDrawdown.depth)}, ${net.maxDrawdown.peak} to ${net.maxDrawdown.trough}`,
    ],
    ['Calmar net / hold', [net, hold.net].map((one) => number(one.calmar)).join(' / ')],
    ['exposure', percent(strategy.exposure)],
    ['turnover a year', number(strategy.turnover, 1)],
    ['trades, won net', `${strategy.trades}, ${percent(strategy.netWinRate)}`],
    ['unfilled orders', String(strategy.unfilledOrders)],
    ['break-even cost', breakEven.costBps === null ? '-' : `${number(breakEven.costBps, 1)} bp`],
    ['certificate', passed ? 'passed' : 'FAILED'],
  ]
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

export async function main(): Promise<void> {
  await withOwnPlatform(async (platform) => {
    await ingest(platform, 'index/pykrx-korean-headers_2010-2021.csv', 'KOSPI')
    await ingest(platform, 'index/pykrx_2020-2026.csv', 'KOSPI')
    await ingest(platform, 'universe/krx_daily_2023-2025.csv.gz')
    await platform.work({ slots: 1 })
    const range = { from: '2016-01-04' as Session, to: '2025-12-30' as Session }
    const kospi: Result[] = []
    for (const recipe of RECIPES) kospi.push(await run(platform, { symbol: 'KOSPI', recipe, ...range }))
    const columns = kospi.map(facts)
    console.log(`${'KOSPI'.padEnd(34)}${RECIPES.map((recipe) => recipe.padEnd(40)).join('')}`)
    columns[0]?.forEach(([name], at) => {
      console.log(
        `${name.padEnd(34)}${columns.map((column) => (column[at]?.[1] ?? '').padEnd(40)).join('')}`.trimEnd(),
      )
    })

    const shares: Result[] = []
    for (const symbol of drawnCodes()) {
      for (const recipe of RECIPES) shares.push(await run(platform, { symbol, recipe }))
    }
    console.log(
      '\nsymbol  recipe   sessions    skill   hit     net return   hold       trades  unfilled  certificate',
    )
    for (const { code, recipe, backtest, metrics, passed } of shares) {
      const { forecast, strategy } = metrics
      const cells = [
        ...[
          code,
          recipe.padEnd(7),
          String(backtest.doneSessions).padStart(8),
          number(forecast?.skill, 4).padStart(8),
        ],
        ...[percent(forecast?.hitRate).padStart(7), percent(strategy.net.totalReturn).padStart(11)],
        ...[percent(strategy.hold.net.totalReturn).padStart(9), String(strategy.trades).padStart(8)],
        ...[String(strategy.unfilledOrders).padStart(8), passed ? '  passed' : '  FAILED'],
      ]
      console.log(cells.join('  '))
    }
    const ofRecipe = RECIPES.map((recipe) => {
      const own = shares.filter((one) => one.recipe === recipe)
      const index = kospi.find((one) => one.recipe === recipe)
      const test = index?.metrics.forecast?.dieboldMariano
      return {
        recipe,
        kospiSessions: index?.backtest.doneSessions,
        kospiSkill: index?.metrics.forecast?.skill,
        kospiHitRate: index?.metrics.forecast?.hitRate,
        kospiBaseRate: index?.metrics.forecast?.baseRate,
        kospiDmP: test?.kind === 'tested' ? test.pValue : null,
        kospiNetReturn: index?.metrics.strategy.net.totalReturn,
        kospiHoldReturn: index?.metrics.strategy.hold.net.totalReturn,
        kospiDrawdown: index?.metrics.strategy.net.maxDrawdown?.depth,
        kospiHoldDrawdown: index?.metrics.strategy.hold.net.maxDrawdown?.depth,
        medianSkill: median(own.map(({ metrics }) => metrics.forecast?.skill ?? Number.NaN)),
        betterThanHold: own.filter(
          ({ metrics: { strategy } }) => strategy.net.totalReturn > strategy.hold.net.totalReturn,
        ).length,
        certified: [...kospi, ...own].filter((one) => one.recipe === recipe && one.passed).length,
      }
    })
    console.log(JSON.stringify({ symbols: SYMBOLS, recipes: ofRecipe }))
  })
}
