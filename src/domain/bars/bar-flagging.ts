/**
 * Computes the flags of a bar that depend on earlier bars of its symbol:
 *
 * - LIMIT: the close moved further than the exchange's daily limit (15 % from 1998-12-07, 30 % from 2015-06-15). The
 *   cause is an unadjusted split, a wrong price or a reorganisation. It applies to indices too, because an average of
 *   shares cannot move further than all of them. It reports the move alone, also where an action explains it.
 * - BREAK: no trading can have made the move, and no confirmed action explains it (`actions/series-break.ts`).
 * - OUTLIER: the move is within the limit, but above 10 % and more than 10 times the usual one; or the volume is more than
 *   100 times above or below the usual one, as after a vendor's slip from shares to thousands of shares.
 *
 * The usual move and volume are means over a fixed number of earlier bars, summed anew for every bar. Flags are
 * therefore the same whether a whole history is flagged at once or bar by bar. The usual volume begins anew where volumes
 * begin to cover other hours, because those are no measure of each other.
 */
import { isBreak, MAX_DAYS_APART } from './actions/series-break.js'
import type { SeriesRules } from './actions/series-break.js'
import { flagBit } from './bar.js'
import type { TradingHoursBasis } from './price-basis.js'
import { dailyLimit, LIMIT_ROUNDING } from './daily-limit.js'
import { dayNumber } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

const [LIMIT, OUTLIER, BREAK] = [flagBit('LIMIT'), flagBit('OUTLIER'), flagBit('BREAK')]
/** Bit set of the flags that this file computes. */
export const NEIGHBOUR_FLAGS = LIMIT | OUTLIER | BREAK

const USUAL_MOVES = 60
const USUAL_VOLUMES = 20
/** Fewest values that make a mean. */
const MIN_USUAL = 10
const UNUSUAL_MOVE = 10
const SMALLEST_OUTLIER = 0.1
const UNUSUAL_VOLUME = Math.log(100)

/** How many earlier bars a bar's flags depend on. */
export const BARS_BEFORE = USUAL_MOVES + 1
/** How many later bars have flags that depend on a bar. */
export const BARS_AFTER = USUAL_MOVES

/** A ring of the last `length` values; NaN takes a place and does not count. */
class Recent {
  readonly #values: Float64Array
  #added = 0

  constructor(length: number) {
    this.#values = new Float64Array(length)
  }

  add(value: number): void {
    this.#values[this.#added % this.#values.length] = value
    this.#added += 1
  }

  clear(): void {
    this.#added = 0
  }

  /** NaN below {@link MIN_USUAL} values. */
  mean(): number {
    const { length } = this.#values
    const places = Math.min(this.#added, length)
    const oldest = this.#added > length ? this.#added % length : 0
    let [sum, count] = [0, 0]
    // Always sum from the oldest value: another order would round differently.
    for (let place = 0; place < places; place++) {
      const value = this.#values[(oldest + place) % length] ?? Number.NaN
      if (Number.isNaN(value)) continue
      sum += value
      count += 1
    }
    return count < MIN_USUAL ? Number.NaN : sum / count
  }
}

/**
 * Returns the flags of one symbol's next bar as a bit set; called in session order.
 * @param volumeBasis the hours that its volume covers; by default those of the regular session
 */
export type FlagBar = (
  session: Session,
  close: number,
  volume: number,
  volumeBasis?: TradingHoursBasis,
) => number

export function createBarFlagging(rules: SeriesRules): FlagBar {
  const moves = new Recent(USUAL_MOVES)
  /** Log volumes of the last sessions with trading. */
  const volumes = new Recent(USUAL_VOLUMES)
  let before:
    { readonly session: Session; readonly close: number; readonly volumeBasis: TradingHoursBasis } | undefined
  return (session, close, volume, volumeBasis = 'REGULAR') => {
    let flags = 0
    if (before !== undefined && before.volumeBasis !== volumeBasis) volumes.clear()
    if (volume > 0) {
      const logVolume = Math.log(volume)
      if (Math.abs(logVolume - volumes.mean()) > UNUSUAL_VOLUME) flags |= OUTLIER
      volumes.add(logVolume)
    }
    if (before !== undefined) {
      const move = Math.abs(close - before.close) / before.close
      const logMove = Math.abs(Math.log(close / before.close))
      // Most moves are small and need no further check.
      if (move > SMALLEST_OUTLIER) {
        const isNear = dayNumber(session) - dayNumber(before.session) <= MAX_DAYS_APART
        if (isNear && move > dailyLimit(session) + LIMIT_ROUNDING) flags |= LIMIT
        else if (isNear && logMove > UNUSUAL_MOVE * moves.mean()) flags |= OUTLIER
        if (isBreak(rules, before, { session, close })) flags |= BREAK
      }
      // A move that no trading made says nothing about the usual one.
      moves.add((flags & (LIMIT | BREAK)) === 0 ? logMove : Number.NaN)
    }
    before = { session, close, volumeBasis }
    return flags
  }
}
