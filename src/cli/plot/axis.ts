/** Axes: the place of every value, and the ticks that mark it. */
import { scaleLinear, scaleLog, scaleUtc } from 'd3-scale'

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Axis {
  /** In pixels. */
  readonly place: (value: number) => number
  readonly ticks: readonly Tick[]
}

export type Extent = readonly [lowest: number, highest: number]

/** Ticks of an axis as wide as a page. */
const TICKS_ACROSS = 9
const TICKS_UP = 5
/** What spans more than this is shown by magnitude. */
const LOG_FROM = 10
/** A flat curve still needs a range. */
const FLAT_MARGIN = 0.01
const TOP_OR_BOTTOM = 0.04
const LOG_MARGIN = 1.15
const MOST_POWERS = 8

/** @throws RangeError where no value is finite */
export function extentOf(values: Iterable<number | null>): Extent {
  let [lowest, highest] = [Infinity, -Infinity]
  for (const value of values) {
    if (value === null || !Number.isFinite(value)) continue
    lowest = Math.min(lowest, value)
    highest = Math.max(highest, value)
  }
  if (lowest > highest) throw new RangeError('There is nothing to draw.')
  return [lowest, highest]
}

/** @param values milliseconds since the epoch, of midnights in UTC */
export function dateAxis(values: Extent, [left, right]: Extent): Axis {
  const scale = scaleUtc().domain(values).range([left, right])
  return {
    place: scale,
    ticks: scale.ticks(TICKS_ACROSS).map((date) => ({ at: scale(date), label: dateLabel(date) })),
  }
}

/** As short as the day allows: `2016`, `2016-03`, `2016-03-14`. */
function dateLabel(date: Date): string {
  const day = date.toISOString().slice(0, 10)
  return day.endsWith('-01-01') ? day.slice(0, 4) : day.endsWith('-01') ? day.slice(0, 7) : day
}

export function numberAxis(values: Extent, range: Extent, label = tickLabel): Axis {
  const scale = scaleLinear().domain(values).range(range)
  return {
    place: scale,
    ticks: scale.ticks(TICKS_ACROSS).map((value) => ({ at: scale(value), label: label(value) })),
  }
}

/**
 * Upwards, by magnitude where the values span it.
 * @param range in pixels, bottom first
 */
export function valueAxis(values: Extent, range: Extent, label = tickLabel): Axis {
  const [lowest, highest] = values
  if (lowest > 0 && highest / lowest > LOG_FROM) return logAxis(values, range)
  const room = (highest - lowest) * TOP_OR_BOTTOM || Math.abs(highest) * FLAT_MARGIN || FLAT_MARGIN
  const scale = scaleLinear()
    .domain([lowest - room, highest + room])
    .range(range)
  return {
    place: scale,
    ticks: scale.ticks(TICKS_UP).map((value) => ({ at: scale(value), label: label(value) })),
  }
}

/** Powers of ten, with 2 and 5 of each where there are few. */
function logAxis([lowest, highest]: Extent, range: Extent): Axis {
  const domain = [lowest / LOG_MARGIN, highest * LOG_MARGIN] as const
  const scale = scaleLog().domain(domain).range(range)
  const [first, last] = domain.map((value) => Math.floor(Math.log10(value))) as [number, number]
  const digits = last - first > 3 ? [1] : [1, 2, 5]
  const every = Math.max(1, Math.ceil((last - first) / MOST_POWERS))
  const shown = Array.from({ length: Math.floor((last - first) / every) + 1 }, (_, place) =>
    digits.map((digit) => Number(`${digit}e${first + place * every}`)),
  )
    .flat()
    .filter((value) => value >= domain[0] && value <= domain[1])
  return {
    place: scale,
    ticks: shown.map((value) => ({ at: scale(value), label: tickLabel(value) })),
  }
}

const NUMBER = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 })

function tickLabel(value: number): string {
  return NUMBER.format(value)
}

export function percentLabel(value: number): string {
  return `${NUMBER.format(Math.round(value * 1e4) / 100)} %`
}
