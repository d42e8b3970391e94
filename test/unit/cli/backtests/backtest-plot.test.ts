import { drawdown, plotBacktest } from '../../../../src/cli/backtests/backtest-plot.js'
import { dateAxis, valueAxis } from '../../../../src/cli/plot/axis.js'
import { areaPath, element, linePath } from '../../../../src/cli/plot/svg.js'
import { FIXED_SPLIT, SYMBOL, backtestOf, backtestRows } from '../../../support/backtests.js'
import { parseXml } from '../../../support/xml.js'
import type { XmlElement } from '../../../support/xml.js'

function drawn(...changes: Parameters<typeof backtestOf>): XmlElement {
  const svg = plotBacktest({ backtest: backtestOf(...changes), symbol: SYMBOL, rows: backtestRows() }) ?? ''
  expect(svg).not.toMatch(/NaN|Infinity|undefined|null/)
  return parseXml(svg)
}

function all(root: XmlElement): XmlElement[] {
  return [root, ...root.children.flatMap(all)]
}

function seriesOf(root: XmlElement): (string | undefined)[] {
  return all(root).flatMap(({ attributes }) => attributes['data-series'] ?? [])
}

function textsOf(root: XmlElement): string[] {
  return all(root).flatMap(({ name, text }) => (name === 'text' ? text : []))
}

it('draws closes with their interval, equity and drawdown of a walk-forward', () => {
  const svg = drawn()
  expect(svg.name).toBe('svg')
  expect(seriesOf(svg)).toEqual([
    ...['95 % interval', 'actual', 'predicted by seed'],
    ...['buy-and-hold, net', 'gross', 'net of costs and tax'],
    ...['buy-and-hold, net', 'net of costs and tax'],
  ])
  expect(textsOf(svg)).toContain('KOSPI Composite Index, recipe seed, 2024-01-02 to 2024-01-09')
  const height = Number(svg.attributes['height'])
  for (const { name, attributes } of all(svg)) {
    if (name !== 'text') continue
    expect(Number(attributes['x'])).toBeGreaterThanOrEqual(0)
    expect(Number(attributes['x'])).toBeLessThanOrEqual(960)
    expect(Number(attributes['y'])).toBeLessThanOrEqual(height)
  }
})

it('draws the two pictures of a fixed split, with the end of the training between its samples', () => {
  const rows = backtestRows().map((row) => (row.ordinal < 3 ? { ...row, part: 'TRAIN' as const } : row))
  const backtest = backtestOf({ settings: FIXED_SPLIT, lossCurve: [0.5, 0.05, 0.01], leaky: true })
  const svg = parseXml(plotBacktest({ backtest, symbol: SYMBOL, rows }) ?? '')
  expect(seriesOf(svg)).toEqual(['loss', 'actual', 'predicted by seed'])
  const texts = textsOf(svg)
  expect(texts).toEqual(expect.arrayContaining(['trained on', 'not seen before', 'epoch', '0.01', '0.1']))
  expect(texts.filter((text) => text.startsWith('LEAKY'))).toHaveLength(1)
})

it('draws one session, a fixed split without a fit, and an empty backtest', () => {
  const symbol = { ...SYMBOL, name: 'A <b> & "c"' }
  const one = plotBacktest({ backtest: backtestOf(), symbol, rows: backtestRows().slice(0, 1) }) ?? ''
  expect(textsOf(parseXml(one))[0]).toBe('KOSPI A <b> & "c", recipe seed, 2024-01-02 to 2024-01-09')
  const rows = backtestRows().map((row) => ({ ...row, predictedClose: null }))
  const backtest = backtestOf({ settings: FIXED_SPLIT })
  expect(seriesOf(parseXml(plotBacktest({ backtest, symbol, rows }) ?? ''))).toHaveLength(2)
  expect(plotBacktest({ backtest, symbol, rows: [] })).toBeUndefined()
})

it('interrupts lines and areas where values are missing', () => {
  const at = (x: number): { x: number; y: number } => ({ x, y: 1 })
  expect(linePath([at(0), at(1), null, at(3), null])).toBe('M0 1L1 1M3 1l0 0')
  expect(areaPath([at(0), at(1), null, at(3)], [at(0), at(1), at(2), null])).toBe('M0 1L1 1L1 1L0 1Z')
  expect(() => element('line', { x1: Number.NaN })).toThrow(RangeError)
})

it('uses a logarithmic scale for wide ranges and the shortest clear dates', () => {
  expect(valueAxis([0.01, 1], [100, 0]).ticks.map(({ label }) => label)).toEqual(
    expect.arrayContaining(['0.01', '0.1', '1']),
  )
  expect(valueAxis([3, 3], [100, 0]).ticks.length).toBeGreaterThan(1)
  const days = (from: string, to: string): string[] =>
    dateAxis([Date.parse(from), Date.parse(to)], [0, 900]).ticks.map(({ label }) => label)
  expect(days('2016-01-04', '2025-12-30')).toContain('2020')
  expect(days('2023-10-02', '2024-03-29')).toEqual(expect.arrayContaining(['2023-11', '2024']))
  expect(days('2024-03-04', '2024-03-08')).toContain('2024-03-05')
})

it('drawdown is measured from the highest equity so far, including the start', () => {
  expect(drawdown([0.9, 1.2, null, 0.6])).toEqual([expect.closeTo(-0.1), 0, null, -0.5])
})
