/**
 * Compares conformal intervals on real closes: the method of src/ml/forecasts/conformal.ts beside itself without
 * adaptation, with other steps, and beside adaptive conformal inference. The row of step 0.1 is this file's own
 * copy of the method and must equal the method's own row; then the other rows differ only by what their names
 * state.
 *
 * Series: the KOSPI, whole and until 2023, and the universe's symbols with at least 300 bars, pooled over all
 * their sessions. Measured are sessions with trading before which the contender had 40 scores of its own; the
 * market's bounds, used before that, are not measured. A forecast is persistence, or persistence with a bias that
 * changes its sign every 150 sessions. A constant bias would move scores and forecast alike, and leave every
 * interval where it was.
 *
 * `covered` is the share of sessions inside, `width` and `Winkler` are means of log returns in percent, `cost` is
 * Winkler's score over that without adaptation.
 *
 * The last table is about sessions without trading (no volume): the first 20 sessions after three or more of them
 * in a row, with persistence. In one row the method skips halts, in the other it counts their flat closes as
 * sessions like any other.
 */
import type { BarColumns } from '../src/domain/bars/bar.js'
import { exp, log } from '../src/ml/exact-math.js'
import { CONFORMAL_START, INTERVAL_LEVELS, intervalsAround, observe } from '../src/ml/forecasts/conformal.js'
import type { ConformalState } from '../src/ml/forecasts/conformal.js'
import { covers, winklerScore } from '../src/ml/metrics/interval-metrics.js'
import type { JudgedInterval } from '../src/ml/metrics/interval-metrics.js'
import { kospiUntil, oldKospi, universe } from './support/market-data.js'

const MIN_BARS = 300
const BIAS_SESSIONS = 150
const HALT_SESSIONS = 3
const SESSIONS_AFTER_HALT = 20
const MIN_SCORES = 40
const MAX_WIDENING = 20
const MAX_RETURN = 7
const MIN_VOLATILITY = 1e-5

/** In volatilities. */
const BIASES = [0, 0.3, 1] as const
const TAIL_SESSIONS = INTERVAL_LEVELS.map((level) => Math.round(2 / (1 - level)))

/** Around the previous close, or in volatilities around a forecast: one a level. */
type Ends = readonly { readonly lower: number; readonly upper: number }[]

/** A method that makes bounds from a contender's scores; it keeps what it learnt of one series. */
interface Method {
  bounds(sorted: readonly number[]): Ends
  learn(bounds: Ends, score: number): void
}

/** Quantile tracking as in src/ml/forecasts/conformal.ts, with another step. A step of 0 is no adaptation. */
function quantileTracking(step: number): Method {
  let widening = TAIL_SESSIONS.map(() => ({ lower: 0, upper: 0 }))
  const clamped = (move: number): number => clamp(move, MAX_WIDENING)
  return {
    bounds: (sorted) =>
      nested(
        TAIL_SESSIONS.map((sessions, level) => {
          const rank = Math.floor((sorted.length + 1) / sessions)
          const { lower, upper } = widening[level] ?? { lower: NaN, upper: NaN }
          return {
            lower: (sorted[rank - 1] ?? NaN) - lower,
            upper: (sorted[sorted.length - rank] ?? NaN) + upper,
          }
        }),
      ),
    learn(bounds, score) {
      widening = widening.map(({ lower, upper }, level) => {
        const { below, above, tail } = missOf(bounds, score, level)
        return {
          lower: clamped(lower + step * (below - tail)),
          upper: clamped(upper + step * (above - tail)),
        }
      })
    },
  }
}

/**
 * Gibbs and Candès, "Adaptive conformal inference under distribution shift", NeurIPS 2021, eq. 2, on each tail: a
 * miss lowers the rate of the next quantile. Where the rate is below all ranks the paper's interval is infinite;
 * here it ends at the outermost score.
 */
function adaptiveInference(step: number): Method {
  let rates = TAIL_SESSIONS.map((sessions) => ({ lower: 1 / sessions, upper: 1 / sessions }))
  const rankOf = (rate: number, count: number): number =>
    Math.max(1, Math.min(count, Math.floor((count + 1) * rate)))
  return {
    bounds: (sorted) =>
      nested(
        rates.map(({ lower, upper }) => ({
          lower: sorted[rankOf(lower, sorted.length) - 1] ?? NaN,
          upper: sorted[sorted.length - rankOf(upper, sorted.length)] ?? NaN,
        })),
      ),
    learn(bounds, score) {
      rates = rates.map(({ lower, upper }, level) => {
        const { below, above, tail } = missOf(bounds, score, level)
        return { lower: lower + step * (tail - below), upper: upper + step * (tail - above) }
      })
    },
  }
}

function missOf(bounds: Ends, score: number, level: number): { below: number; above: number; tail: number } {
  const { lower, upper } = bounds[level] ?? { lower: NaN, upper: NaN }
  return {
    below: score < lower ? 1 : 0,
    above: score > upper ? 1 : 0,
    tail: 1 / (TAIL_SESSIONS[level] ?? NaN),
  }
}

/** Makes each level contain the one before; ends that crossed meet. */
function nested(ends: Ends): Ends {
  const result: { lower: number; upper: number }[] = []
  for (const end of ends) {
    const inner = result.at(-1) ?? end
    const [lower, upper] = [Math.min(end.lower, inner.lower), Math.max(end.upper, inner.upper)]
    const middle = (lower + upper) / 2
    result.push(lower <= upper ? { lower, upper } : { lower: middle, upper: middle })
  }
  return result
}

const COMMITTED = 'as it is'
const VARIANTS: Readonly<Record<string, () => Method>> = {
  'no adaptation': () => quantileTracking(0),
  'step 0.05': () => quantileTracking(0.05),
  'step 0.1': () => quantileTracking(0.1),
  'step 0.2': () => quantileTracking(0.2),
  'ACI 0.01': () => adaptiveInference(0.01),
}

class Sums {
  sessions = 0
  private covered = 0
  private width = 0
  private winkler = 0

  add(interval: JudgedInterval): void {
    this.sessions += 1
    this.covered += covers(interval) ? 1 : 0
    this.width += interval.upper - interval.lower
    this.winkler += winklerScore(interval)
  }

  get means(): { covered: number; width: number; winkler: number } {
    const { sessions, covered, width, winkler } = this
    return { covered: covered / sessions, width: width / sessions, winkler: winkler / sessions }
  }
}

/** A level each. */
type LevelSums = readonly Sums[]

const noSums = (): LevelSums => INTERVAL_LEVELS.map(() => new Sums())

function judge(sums: LevelSums, ends: Ends, actual: number): void {
  INTERVAL_LEVELS.forEach((level, i) => {
    const { lower, upper } = ends[i] ?? { lower: NaN, upper: NaN }
    sums[i]?.add({ level, lower, upper, actual })
  })
}

interface Step {
  readonly at: number
  readonly traded: boolean
  readonly before: ConformalState
  readonly after: ConformalState
  /** Bounds of the committed method, as log returns; null without 40 scores. */
  readonly ends: Ends | null
  /** Log returns. */
  readonly predicted: number
  readonly actual: number
}

/** Runs the committed method over one series, a step a session. */
function* walk(bars: BarColumns, bias: number, tellsHalts = true): Generator<Step> {
  let before = CONFORMAL_START
  for (let at = 1; at < bars.close.length; at++) {
    const previous = bars.close[at - 1] ?? NaN
    const close = bars.close[at] ?? NaN
    const traded = (bars.volume[at] ?? 0) > 0
    const sign = Math.floor(at / BIAS_SESSIONS) % 2 === 0 ? 1 : -1
    const predicted = bias === 0 || before.weight === 0 ? 0 : sign * bias * volatilityOf(before)
    const price = previous * exp(predicted)
    const result = intervalsAround(before, price, null)
    const ends =
      result.kind === 'none'
        ? null
        : result.intervals.map(({ lower, upper }) => ({
            lower: log(lower / previous),
            upper: log(upper / previous),
          }))
    const after = observe(before, {
      predicted: price,
      actual: close,
      previous,
      traded: traded || !tellsHalts,
    })
    yield { at, traded, before, after, ends, predicted, actual: log(close / previous) }
    before = after
  }
}

function volatilityOf({ weightedSquares, weight }: ConformalState): number {
  return Math.max(MIN_VOLATILITY, Math.sqrt(weightedSquares / weight))
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}

/** Sorted scores, updated from session to session: sorting them anew each time would take most of the run. */
function reorder(sorted: number[], { before, after }: Step): void {
  const added = after.scores.at(-1)
  if (after.scores === before.scores || added === undefined) return
  if (after.scores.length === before.scores.length) sorted.splice(sorted.indexOf(before.scores[0] ?? NaN), 1)
  const place = sorted.findIndex((score) => score > added)
  sorted.splice(place < 0 ? sorted.length : place, 0, added)
}

/** Runs every method over the same sessions of all series together. */
function compare(all: readonly BarColumns[], bias: number): Map<string, LevelSums> {
  const sums = new Map([COMMITTED, ...Object.keys(VARIANTS)].map((name) => [name, noSums()]))
  for (const bars of all) {
    const variants = Object.entries(VARIANTS).map(([name, make]) => ({ of: sums.get(name), method: make() }))
    const sorted: number[] = []
    for (const step of walk(bars, bias)) {
      const { traded, ends, before, predicted, actual } = step
      if (traded && ends !== null && sorted.length >= MIN_SCORES) {
        const volatility = volatilityOf(before)
        judge(sums.get(COMMITTED) ?? [], ends, actual)
        for (const { of, method } of variants) {
          const bounds = method.bounds(sorted)
          const around = bounds.map(({ lower, upper }) => ({
            lower: predicted + clamp(volatility * lower, MAX_RETURN),
            upper: predicted + clamp(volatility * upper, MAX_RETURN),
          }))
          judge(of ?? [], around, actual)
          method.learn(bounds, (actual - predicted) / volatility)
        }
      }
      reorder(sorted, step)
    }
  }
  return sums
}

/** Sessions with trading among the 20 after a halt. */
function placesAfterHalts(bars: BarColumns): ReadonlySet<number> {
  const places = new Set<number>()
  let halted = 0
  let left = 0
  for (const [at, volume] of bars.volume.entries()) {
    if (volume > 0) {
      if (halted >= HALT_SESSIONS) left = SESSIONS_AFTER_HALT
      if (left > 0) places.add(at)
      halted = 0
    } else halted += 1
    left -= 1
  }
  return places
}

/** Both rows use the same sessions: those in which both had intervals. */
function compareHalts(all: readonly BarColumns[]): { told: LevelSums; taken: LevelSums } {
  const sums = { told: noSums(), taken: noSums() }
  for (const bars of all) {
    const places = placesAfterHalts(bars)
    if (places.size === 0) continue
    const taken = walk(bars, 0, false)
    for (const { at, ends, actual } of walk(bars, 0)) {
      const other = taken.next()
      if (other.done === true) throw new Error('the two runs have different sessions')
      if (ends === null || other.value.ends === null || !places.has(at)) continue
      judge(sums.told, ends, actual)
      judge(sums.taken, other.value.ends, actual)
    }
  }
  return sums
}

type Figures = Readonly<Record<string, number>>

function figuresOf(sums: LevelSums, base: LevelSums = sums): Figures {
  return Object.fromEntries(
    INTERVAL_LEVELS.flatMap((level, i) => {
      const { covered = NaN, width = NaN, winkler = NaN } = sums[i]?.means ?? {}
      const percent = Math.round(level * 100)
      return [
        [`covered${percent}`, covered],
        [`width${percent}`, width],
        [`winkler${percent}`, winkler],
        [`cost${percent}`, winkler / (base[i]?.means.winkler ?? NaN)],
      ]
    }),
  )
}

/** In the order of {@link figuresOf}. */
function cellsOf(figures: Figures): string[] {
  return Object.entries(figures).map(([name, figure]) =>
    name.startsWith('cost') ? figure.toFixed(4) : (figure * 100).toFixed(name.startsWith('covered') ? 2 : 3),
  )
}

export function main(): void {
  const symbols = [...universe().values()].filter(({ close }) => close.length >= MIN_BARS)
  const series = {
    oldKospi: [oldKospi()],
    kospiUntil2023: [kospiUntil(2023)],
    kospi: [kospiUntil(2026)],
    symbols,
  }
  const columns = INTERVAL_LEVELS.flatMap((level) => [`covered ${level * 100} %`, 'width', 'Winkler', 'cost'])
  const table = [['series', 'bias', 'method', ...columns]]
  const json: Record<string, Record<string, Figures>> = {}
  for (const [name, all] of Object.entries(series)) {
    const dates = all.flatMap(({ sessions }) => [sessions[0] ?? '', sessions.at(-1) ?? '']).sort()
    const ofSeries: Record<string, Record<string, Figures>> = {}
    for (const bias of BIASES) {
      const sums = compare(all, bias)
      const base = sums.get('no adaptation')
      if (bias === 0) {
        const judged = base?.[0]?.sessions ?? 0
        console.log(
          `${name}: ${all.length} series, ${dates[0] ?? ''} to ${dates.at(-1) ?? ''}, ${judged} sessions judged`,
        )
      }
      for (const [method, of] of sums) {
        const figures = figuresOf(of, base)
        table.push([name, `${bias}`, method, ...cellsOf(figures)])
        ofSeries[method] = { ...ofSeries[method], [`bias ${bias}`]: figures }
      }
    }
    Object.assign(json, { [name]: ofSeries })
  }
  const { told, taken } = compareHalts(symbols)
  const halts = { 'halts left out': figuresOf(told, taken), 'halts counted': figuresOf(taken) }
  for (const [method, figures] of Object.entries(halts))
    table.push(['after halts', '0', method, ...cellsOf(figures)])
  console.log(`after halts: ${told[0]?.sessions ?? 0} sessions`)
  const widths = table[0]?.map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0))) ?? []
  for (const row of table) {
    console.log(row.map((cell, at) => cell[at < 3 ? 'padEnd' : 'padStart'](widths[at] ?? 0)).join('  '))
  }
  console.log(JSON.stringify({ ...json, 'after halts': halts }))
}
