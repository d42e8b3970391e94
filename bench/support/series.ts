/**
 * Symbols of the universe that benchmarks evaluate recipes on: those with at least 360 clean bars (ordered prices
 * above 0, shares traded, no move beyond the daily limit). Their other bars stay in, halts as flat bars;
 * contradictory ones are left out, as in an ingest.
 */
import type { BarColumns } from '../../src/domain/bars/bar.js'
import { BAR_COLUMNS } from '../../src/domain/bars/bar.js'
import { LIMIT_ROUNDING } from '../../src/domain/bars/daily-limit.js'
import { Generator } from '../../src/ml/generator.js'
import { universe } from './market-data.js'

const MIN_CLEAN_BARS = 360
const DAILY_LIMIT = 0.3

export interface Series {
  readonly key: string
  readonly bars: BarColumns
}

/** Returns, of the codes in order, those at place floor(i * all / count) for i from 0 to count - 1. */
export function drawnSymbols(count: number): Series[] {
  const eligible = eligibleSymbols()
  return Array.from({ length: count }, (_, i) =>
    requireEntry(eligible, Math.floor((i * eligible.length) / count)),
  )
}

/** Draws `count` different symbols by seed, in the order of their codes. */
export function randomSymbols(count: number, seed: number): Series[] {
  const left = eligibleSymbols()
  const generator = Generator.fromSeed(seed)
  const drawn = Array.from({ length: count }, () => {
    const place = generator.nextBelow(left.length)
    const series = requireEntry(left, place)
    left.splice(place, 1)
    return series
  })
  return drawn.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Returns the whole universe in the order of its codes. */
export function allSymbols(): Series[] {
  return [...universe()].map(([key, bars]) => ({ key, bars: withoutContradictions(bars) }))
}

function eligibleSymbols(): Series[] {
  return [...universe()]
    .filter(([, bars]) => cleanBars(bars) >= MIN_CLEAN_BARS)
    .map(([key, bars]) => ({ key, bars: withoutContradictions(bars) }))
}

function requireEntry(all: readonly Series[], place: number): Series {
  const series = all[place]
  if (series === undefined) throw new RangeError(`There is no symbol number ${place} among ${all.length}.`)
  return series
}

function isOrdered(bars: BarColumns, at: number): boolean {
  const [open, high, low, close] = [bars.open, bars.high, bars.low, bars.close].map(
    (column) => column[at] ?? NaN,
  )
  if (open === undefined || high === undefined || low === undefined || close === undefined) return false
  return low > 0 && low <= Math.min(open, close) && high >= Math.max(open, close)
}

function cleanBars(bars: BarColumns): number {
  return bars.sessions.filter((_, at) => {
    const previous = bars.close[at - 1]
    const move = previous === undefined ? 0 : (bars.close[at] ?? NaN) / previous - 1
    return isOrdered(bars, at) && (bars.volume[at] ?? 0) > 0 && Math.abs(move) <= DAILY_LIMIT + LIMIT_ROUNDING
  }).length
}

function withoutContradictions(bars: BarColumns): BarColumns {
  const kept = bars.sessions.map((_, at) => at).filter((at) => isOrdered(bars, at))
  const columns = Object.fromEntries(
    BAR_COLUMNS.map((name) => [name, Float64Array.from(kept, (at) => bars[name][at] ?? NaN)]),
  ) as unknown as Omit<BarColumns, 'sessions'>
  return { sessions: kept.flatMap((at) => bars.sessions[at] ?? []), ...columns }
}
