/**
 * Joined bars: the bars of a symbol on one scale of prices, with the places at which they cannot be joined.
 *
 * Stored bars stay as delivered. Prices before an applied action are multiplied by its ratio and volumes divided by it,
 * up to the last of the bars: an action after it changes nothing, so that no bar after a session can change what is read
 * up to it.
 */
import type { BarColumns } from '../bar.js'
import { ratioBetween } from './corporate-action.js'
import { breakPlaces } from './series-break.js'
import type { SeriesRules } from './series-break.js'

export interface JoinedBars {
  readonly bars: BarColumns
  /** Places of bars, ascending, before which the series breaks. Nothing may be computed across them. */
  readonly breaks: readonly number[]
  /** What the stored prices of each bar were multiplied by; null where nothing was. */
  readonly factors: Float64Array | null
}

/** @param rules with the actions in force when the bars were read */
export function joinBars(rules: SeriesRules, stored: BarColumns): JoinedBars {
  const factors = factorsOf(rules, stored)
  const bars = factors === null ? stored : multiplied(stored, factors)
  return { bars, factors, breaks: breakPlaces(rules, bars.sessions, bars.close) }
}

/** @returns the place of the first bar since the last break; 0 where there is none */
export function placeOfLastBreak({ breaks }: Pick<JoinedBars, 'breaks'>): number {
  return breaks.at(-1) ?? 0
}

function factorsOf({ actions }: SeriesRules, { sessions }: BarColumns): Float64Array | null {
  const last = sessions.at(-1)
  if (last === undefined || !actions.some(({ applied }) => applied)) return null
  const factors = Float64Array.from(sessions, (session) => ratioBetween(actions, session, last))
  return factors.some((factor) => factor !== 1) ? factors : null
}

function multiplied(bars: BarColumns, factors: Float64Array): BarColumns {
  const times = (values: Float64Array): Float64Array =>
    values.map((value, place) => value * (factors[place] ?? 1))
  return {
    ...bars,
    open: times(bars.open),
    high: times(bars.high),
    low: times(bars.low),
    close: times(bars.close),
    volume: bars.volume.map((value, place) => value / (factors[place] ?? 1)),
  }
}
