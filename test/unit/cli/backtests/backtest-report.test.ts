import type { LeakCertificate } from '../../../../src/domain/backtests/backtest.js'
import type { Session } from '../../../../src/domain/calendar/session.js'
import { certificateLines, reportLines } from '../../../../src/cli/backtests/backtest-report.js'
import { sparkline } from '../../../../src/cli/terminal/sparkline.js'
import { createTimeLeft, duration } from '../../../../src/cli/terminal/time-left.js'
import {
  BACKTEST_ID,
  FIXED_SPLIT,
  METRICS,
  SYMBOL,
  backtestOf,
  backtestRows,
} from '../../../support/backtests.js'

const REPORT = { backtest: backtestOf(), symbol: SYMBOL, metrics: METRICS, rows: backtestRows() }

describe('the report of a backtest', () => {
  it('names ruin, the reasons of unfilled orders, slippage in ticks and what was assumed', () => {
    const strategy = {
      ...METRICS.strategy,
      ruinedOn: '2024-01-04' as Session,
      unfilledByReason: { HALT: 0, AUCTION: 0, LIMIT: 3, BANNED: 0, NO_SHORT_LIST: 1_004 },
    }
    const metrics = { ...METRICS, strategy, assumptions: ['KIND_UNKNOWN', 'NO_SHORT_LIST'] } as const
    const backtest = backtestOf()
    const settings = {
      ...backtest.settings,
      strategy: { ...backtest.settings.strategy, slippageTicks: 1 },
    }
    const lines = reportLines({ ...REPORT, backtest: { ...backtest, settings }, metrics })
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    const text = lines.join('\n').replaceAll(/\s+/g, ' ')
    expect(text).toContain('RUINED on 2024-01-04: nothing was left, and nothing was traded afterwards.')
    expect(text).toContain('7 unfilled (3 at a daily limit, 1,004 short without a list)')
    expect(text).toContain('slippage 2 bp and 1 tick a fill')
    expect(text).toContain(
      'assumed: the kind of the symbol is not known, so sales are taxed as those of a share',
    )
    expect(text).toContain('no list is configured (SHORT_SALE_FILE), so they were refused')
  })

  it('leaves out what backtests of earlier versions did not store', () => {
    const { upRate: _, baseRate: __, ...forecast } = METRICS.forecast ?? {}
    const metrics = { ...METRICS, forecast } as unknown as typeof METRICS
    const text = reportLines({ ...REPORT, metrics }).join('\n')
    expect(text).not.toMatch(/always|RUINED|assumed|NaN|undefined/)
  })

  it('prints the results of forecasts and strategy in 80 columns', () => {
    const lines = reportLines(REPORT)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
    const text = lines.join('\n')
    expect(text).toMatch(/^KOSPI seed, walk-forward, a fit before every session, rolling window\n/)
    expect(text).toMatch(/RMSE +12,345\.68 +0\.80\n/)
    expect(text).toMatch(/skill +-1\.234 +0\n/)
    expect(text).toMatch(/hit rate +45\.6 % +-\n/)
    expect(text).toMatch(/always down +58\.0 % +-\n/)
    expect(text).toMatch(/p < 0\.001/)
    expect(text).toContain('80 % intervals: 75.0 % covered, mean width 20.00, Winkler score 30.50')
    expect(text).toMatch(/95 % intervals: 100\.0 % covered/)
    expect(text).toMatch(/gross +net +hold gross +hold net\n/)
    expect(text).toMatch(/total return( +\+1234\.5 %){4}\n/)
    expect(text).toMatch(/CAGR( +-){4}\n/)
    expect(text).toMatch(/max drawdown( +25\.0 %){4}\n +from( +2024-01-02){4}\n +to( +2024-01-05){4}\n/)
    expect(text).toMatch(/exposure 50\.0 %, turnover 33\.3 a year, 617 trades closed, won 60\.0 %/)
    expect(text).toMatch(/tax 2\.0 %[^]+1,234 orders filled, 7\s+unfilled/)
    expect(text).toContain('break-even cost of a fill 4.3 bp, against buy-and-hold none')
    expect(text).toContain(`/backtests/${BACKTEST_ID}.csv (or .ndjson)`)
    expect(text).not.toMatch(/LEAKY|OPTIMISTIC|NaN|undefined|null/)
  })

  it('draws both equities on one scale', () => {
    expect(reportLines(REPORT).join('\n')).toMatch(
      /Equity, net, from 0\.75 to 1\.10 of the start\n {2}strategy {2}▆▅▄▃▂▁ {2}0\.75\n {2}hold {6}▆█▆█▆█ {2}1\.10\n/,
    )
  })

  it('warns loudly where the results are unrealistic', () => {
    const backtest = backtestOf({ settings: FIXED_SPLIT, leaky: true, optimistic: true })
    const lines = reportLines({ ...REPORT, backtest })
    expect(lines[0]).toContain('fixed split, one fit on the first 3 samples')
    expect(lines.filter((line) => /^(LEAKY|OPTIMISTIC):/.test(line))).toHaveLength(2)
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  it('prints what is known of a backtest without results', () => {
    const backtest = backtestOf({ status: 'CANCELLED', doneSessions: 0, engineVersion: null })
    const text = reportLines({ ...REPORT, backtest, metrics: null, rows: [] }).join('\n')
    expect(text).toMatch(/6 sessions, 0 of them done/)
    expect(text).toContain(BACKTEST_ID)
    expect(text).not.toMatch(/Equity|Forecasts|NaN/)
  })

  it('explains what a certificate proves, or which rows changed', () => {
    const certificate: LeakCertificate = {
      id: 'c',
      backtestId: BACKTEST_ID,
      session: '2024-01-04' as Session,
      passed: true,
      corruptedBars: 3,
      comparedRows: 1_234,
      firstDifference: null,
      differingField: null,
      engineVersion: 'wasm-2',
      durationMs: 1,
      at: new Date(0),
    }
    expect(certificateLines(certificate).join(' ')).toMatch(
      /^certified: .*all 3 bars after 2024-01-04.*1,234/,
    )
    const failed = { ...certificate, passed: false, firstDifference: '2024-01-03' as Session }
    expect(certificateLines({ ...failed, differingField: 'predictedClose' }).join(' ')).toMatch(
      /^NOT CERTIFIED: .*predictedClose of 2024-01-03/,
    )
  })
})

describe('sparkline', () => {
  it('spreads the values over the blocks', () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8)).toBe('▁▂▃▄▅▆▇█')
    expect(sparkline([5, 5], 8)).toBe('▁▁')
    expect(() => sparkline([], 8)).toThrow(RangeError)
  })

  it('ends in the last value, however many there are', () => {
    const values = Array.from({ length: 1_001 }, (_, place) => (place === 1_000 ? 9 : 0))
    expect(sparkline(values, 60)).toBe(`${'▁'.repeat(59)}█`)
  })

  it('keeps to a range that is given', () => {
    expect(sparkline([0, 1], 2, { lowest: -1, highest: 1 })).toBe('▅█')
    expect(sparkline([-9, 9], 2, { lowest: -1, highest: 1 })).toBe('▁█')
  })
})

describe('the remaining time', () => {
  it('follows the recent pace', () => {
    let atMs = 0
    const timeLeft = createTimeLeft(1_000, () => atMs)
    expect(timeLeft(0)).toBeUndefined()
    atMs = 1_000
    expect(timeLeft(10)).toBeUndefined()
    atMs = 2_000
    expect(timeLeft(20)).toBe(98)
    // Ten times as fast from here on: after 20 s nothing is left of the start.
    for (let second = 1; second <= 8; second += 1) {
      atMs += 1_000
      timeLeft(20 + second * 100)
    }
    atMs += 20_000
    timeLeft(900)
    atMs += 2_000
    expect(timeLeft(901)).toBeGreaterThan(98)
  })

  it.each([
    [0.2, '1 s'],
    [99, '99 s'],
    [100.5, '2 min'],
    [12_000, '3 h 20 min'],
  ])('says %d s as %s', (seconds, text) => expect(duration(seconds)).toBe(text))
})
