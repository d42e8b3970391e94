/**
 * A backtest as one SVG file. Of a fixed split the two pictures of the tutorials: loss by epoch, and what was predicted
 * beside what happened, with the end of the training. Of a walk-forward: the same with its intervals, equity, and
 * drawdown.
 */
import type { Backtest, BacktestRow } from '../../domain/backtests/backtest.js'
import type { StoredSymbol } from '../../domain/symbol.js'
import { count } from '../terminal/numbers.js'
import { dateAxis, extentOf, numberAxis, percentLabel, valueAxis } from '../plot/axis.js'
import { ACROSS, INK, PAGE_WIDTH, QUIET, drawPanel } from '../plot/panel.js'
import type { Boundary, Panel } from '../plot/panel.js'
import { element, escape, text } from '../plot/svg.js'

const HEAD_HEIGHT = 74
const WARNING_HEIGHT = 20
const BOTTOM_MARGIN = 14
const [TALL, SHORT] = [330, 230]
const FONTS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
const TITLE_SIZE = 21
/** Widest mean letter of a bold title, over its size. */
const BOLD_LETTER = 0.66
const ALARM = '#c81e1e'
// They differ in lightness too: for readers who see fewer colours, and in print.
const COLOURS = {
  actual: '#1f2933',
  predicted: '#d9480f',
  band: '#f59f00',
  net: '#1864ab',
  gross: '#5aa9e6',
  hold: '#868e96',
  loss: '#1864ab',
} as const

export interface PlottedBacktest {
  readonly backtest: Backtest
  readonly symbol: StoredSymbol
  readonly rows: readonly BacktestRow[]
}

/** Undefined where there is no row to draw. */
export function plotBacktest(plotted: PlottedBacktest): string | undefined {
  if (plotted.rows.length === 0) return undefined
  const { backtest } = plotted
  const panels =
    backtest.settings.protocol === 'FIXED_SPLIT' ? fixedSplitPanels(plotted) : walkForwardPanels(plotted)
  const warnings = [
    ...(backtest.leaky ? ['LEAKY: the scaler has seen the sessions that are forecast'] : []),
    ...(backtest.optimistic
      ? ['OPTIMISTIC: orders are filled at the same closes that they are decided from']
      : []),
  ]
  let top = HEAD_HEIGHT + warnings.length * WARNING_HEIGHT
  const drawn = panels.map((panel) => {
    const picture = drawPanel(panel, top)
    top += panel.height
    return picture
  })
  const height = top + BOTTOM_MARGIN
  const title = titleOf(plotted)
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${PAGE_WIDTH} ${height}`,
      width: PAGE_WIDTH,
      height,
      role: 'img',
      'font-family': FONTS,
    },
    element('title', {}, escape(title)),
    // Viewers with a dark page behind it would swallow dark ink.
    element('rect', { width: PAGE_WIDTH, height, fill: '#ffffff' }),
    text(title, { x: ACROSS[0], y: 38, 'font-size': titleSize(title), 'font-weight': 700, fill: INK }),
    text(subtitleOf(plotted), { x: ACROSS[0], y: 60, 'font-size': 13, fill: QUIET }),
    ...warnings.map((warning, place) =>
      text(warning, {
        x: ACROSS[0],
        y: 60 + (place + 1) * WARNING_HEIGHT,
        fill: ALARM,
        'font-size': 13,
        'font-weight': 700,
      }),
    ),
    ...drawn,
  ).concat('\n')
}

function titleOf({ backtest: { settings, fromSession, toSession }, symbol }: PlottedBacktest): string {
  const name = symbol.name.startsWith(symbol.code) ? symbol.name : `${symbol.code} ${symbol.name}`
  return `${name}, recipe ${settings.recipe.name}, ${fromSession} to ${toSession}`
}

/** Smaller where a long name would leave the page. */
function titleSize({ length }: string): number {
  return Math.min(TITLE_SIZE, (ACROSS[1] - ACROSS[0]) / (length * BOLD_LETTER))
}

function subtitleOf({ backtest: { settings, sessions, doneSessions } }: PlottedBacktest): string {
  const { strategy, seed } = settings
  const how =
    settings.protocol === 'WALK_FORWARD'
      ? `walk-forward, a fit before ${settings.refitEvery === 1 ? 'every session' : `every ${count(settings.refitEvery)} sessions`}`
      : `fixed split, trained on the first ${count(settings.trainSamples)} samples`
  const trading =
    settings.protocol === 'WALK_FORWARD'
      ? `, ${strategy.kind === 'LONG_FLAT' ? 'long or flat' : 'long or short'} at ${strategy.commissionBps + strategy.slippageBps} bp a fill`
      : ''
  const done =
    doneSessions === sessions ? '' : ` (${count(doneSessions)} of ${count(sessions)} sessions done)`
  return `${how}, seed ${seed}${trading}${done}`
}

function closesPanel(
  { rows, symbol, backtest }: PlottedBacktest,
  options: { readonly intervals: boolean; readonly boundary?: Boundary | undefined },
): Panel {
  const x = datesOf(rows)
  return {
    title: `Close${symbol.kind === 'INDEX' ? '' : ', KRW'}`,
    height: TALL,
    ...dated(x),
    upAxis: valueAxis,
    curves: [
      { name: 'actual', colour: COLOURS.actual, values: rows.map((row) => row.actualClose) },
      {
        name: `predicted by ${backtest.settings.recipe.name}`,
        colour: COLOURS.predicted,
        values: rows.map((row) => row.predictedClose),
      },
    ],
    ...(options.intervals && {
      band: {
        name: '95 % interval',
        colour: COLOURS.band,
        lower: rows.map((row) => row.lower95),
        upper: rows.map((row) => row.upper95),
      },
    }),
    ...(options.boundary && { boundary: options.boundary }),
  }
}

function fixedSplitPanels(plotted: PlottedBacktest): Panel[] {
  const { lossCurve } = plotted.backtest
  const firstTest = plotted.rows.findIndex(({ part }) => part === 'TEST')
  const [last, first] = datesOf(plotted.rows.slice(Math.max(0, firstTest - 1), firstTest + 1))
  const boundary =
    last !== undefined && first !== undefined
      ? { at: (last + first) / 2, before: 'trained on', after: 'not seen before' }
      : undefined
  const closes = closesPanel(plotted, { intervals: false, boundary })
  if (lossCurve.length === 0) return [closes]
  const epochs = lossCurve.map((_, epoch) => epoch + 1)
  const loss: Panel = {
    title: 'Mean squared error by epoch',
    height: SHORT + 14,
    x: epochs,
    acrossAxis: numberAxis([1, Math.max(2, epochs.length)], ACROSS),
    acrossLabel: 'epoch',
    upAxis: valueAxis,
    curves: [{ name: 'loss', colour: COLOURS.loss, values: lossCurve }],
  }
  return [loss, closes]
}

function walkForwardPanels(plotted: PlottedBacktest): Panel[] {
  const { rows } = plotted
  const x = datesOf(rows)
  const [net, hold] = [rows.map((row) => row.netEquity), rows.map((row) => row.holdNetEquity)]
  return [
    closesPanel(plotted, { intervals: true }),
    {
      title: 'Equity, in units of the start',
      height: SHORT + 20,
      ...dated(x),
      upAxis: valueAxis,
      curves: [
        { name: 'buy-and-hold, net', colour: COLOURS.hold, values: hold },
        { name: 'gross', colour: COLOURS.gross, values: rows.map((row) => row.grossEquity), dashed: true },
        { name: 'net of costs and tax', colour: COLOURS.net, values: net },
      ],
    },
    {
      title: 'Drawdown from the highest equity so far',
      height: SHORT,
      ...dated(x),
      upAxis: (values, range) => valueAxis(values, range, percentLabel),
      curves: [
        { name: 'buy-and-hold, net', colour: COLOURS.hold, values: drawdown(hold) },
        { name: 'net of costs and tax', colour: COLOURS.net, values: drawdown(net), shadeTo: 0 },
      ],
    },
  ]
}

function dated(x: readonly number[]): Pick<Panel, 'x' | 'acrossAxis'> {
  const [first, last] = extentOf(x)
  // A single session has a place too.
  return { x, acrossAxis: dateAxis([first, Math.max(last, first + 1)], ACROSS) }
}

function datesOf(rows: readonly BacktestRow[]): number[] {
  return rows.map(({ session }) => Date.parse(session))
}

/** Equity over the highest so far, the start included, minus 1. */
export function drawdown(equity: readonly (number | null)[]): (number | null)[] {
  let highest = 1
  return equity.map((value) => {
    if (value === null) return null
    highest = Math.max(highest, value)
    return value / highest - 1
  })
}
