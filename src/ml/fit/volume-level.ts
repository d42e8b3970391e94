/**
 * Volume levels: makes volumes comparable that cover different hours.
 *
 * Where volumes begin to include the after-market, they rise at once, and for good. A network would take that for news.
 * All volumes are therefore brought to the level of one bar, the reference, by one factor for each stretch between two
 * breaks. The factor of a break is the ratio of the geometric means of the traded volumes next to it, up to 20 on either
 * side. Only the bars passed count, so a fit levels its own window and a forecast the bars before its session. Bars
 * without a break are returned as they are.
 */
import type { BarColumns } from '../../domain/bars/bar.js'
import { exp, log } from '../exact-math.js'

/** Traded sessions on either side of a break that show its factor. */
const SIDE_SESSIONS = 20

/**
 * Returns the bars with all volumes on the level of the bar at `reference`.
 * @param reference the last bar by default; in a forecast from an older fit, the last bar of its window
 */
export function levelVolumes(bars: BarColumns, reference = bars.sessions.length - 1): BarColumns {
  const { volumeBreaks: breaks = [] } = bars
  if (breaks.length === 0) return bars
  const volume = bars.volume.slice()
  const borders = [0, ...breaks, volume.length]
  // Stretch s has the bars from border s to border s + 1.
  const own = breaks.filter((at) => at <= reference).length
  const scale = (stretch: number, factor: number): void => {
    for (let at = borders[stretch] ?? 0; at < (borders[stretch + 1] ?? 0); at++) {
      volume[at] = (volume[at] ?? NaN) * factor
    }
  }
  let factor = 1
  for (let stretch = own - 1; stretch >= 0; stretch--) {
    factor *= stepAfter(bars.volume, borders, stretch)
    scale(stretch, factor)
  }
  factor = 1
  for (let stretch = own + 1; stretch <= breaks.length; stretch++) {
    factor /= stepAfter(bars.volume, borders, stretch - 1)
    scale(stretch, factor)
  }
  return { ...bars, volume }
}

/** Returns the index of the last bar up to a session, 0 where all are later: the reference of a fit that ended there. */
export function referenceOf({ sessions }: BarColumns, fittedTo: string | undefined): number {
  if (fittedTo === undefined) return sessions.length - 1
  return Math.max(
    0,
    sessions.findLastIndex((session) => session <= fittedTo),
  )
}

/** The ratio of the volumes of a stretch's successor to its own; 1 where either has no trading. */
function stepAfter(volume: Float64Array, borders: readonly number[], stretch: number): number {
  const [first = 0, at = 0, end = 0] = borders.slice(stretch, stretch + 3)
  const before = meanLog(volume.subarray(first, at).toReversed())
  const after = meanLog(volume.subarray(at, end))
  return before === undefined || after === undefined ? 1 : exp(after - before)
}

/** The mean logarithm of the first traded volumes; undefined where there is none. */
function meanLog(volumes: Float64Array): number | undefined {
  let [sum, count] = [0, 0]
  for (let at = 0; at < volumes.length && count < SIDE_SESSIONS; at++) {
    const value = volumes[at] ?? 0
    if (value <= 0) continue
    sum += log(value)
    count += 1
  }
  return count === 0 ? undefined : sum / count
}
