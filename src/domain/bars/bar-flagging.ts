/**
 * Computes the flags of a bar that depend on earlier bars of its symbol:
 *
 * - LIMIT: the close moved further than the exchange's daily limit (15 % from 1998-12-07, 30 % from 2015-06-15). The
 *   cause is an unadjusted split, a wrong price or a reorganisation. It applies to indices too, because an average of
 *   shares cannot move further than all of them.
 * - OUTLIER: the move is within the limit, but above 10 % and more than 10 times the usual one; or the volume is more than
 *   100 times above or below the usual one, as after a vendor's slip from shares to thousands of shares.
 *
 * The usual move and volume are means over a fixed number of earlier bars, summed anew for every bar. Flags are
 * therefore the same whether a whole history is flagged at once or bar by bar. The usual volume begins anew where volumes
 * begin to cover other hours, because those are no measure of each other.
 */
import { flagBit } from './bar.js'
import type { TradingHoursBasis } from './price-basis.js'
import { dailyLimit, LIMIT_ROUNDING } from './daily-limit.js'
import { dayNumber } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

const [LIMIT, OUTLIER] = [flagBit('LIMIT'), flagBit('OUTLIER')]
/** Bit set of the flags that this file computes. */
export const NEIGHBOUR_FLAGS = LIMIT | OUTLIER

/** Bars further apart than the longest closure have bars missing between them, so their move is not one session's. */
const MAX_DAYS_APART = 11
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

/** A ring of the last `length` values. */
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
    const count = Math.min(this.#added, length)
    if (count < MIN_USUAL) return Number.NaN
    const oldest = this.#added > length ? this.#added % length : 0
    let sum = 0
    // Always sum from the oldest value: another order would round differently.
    for (let at = oldest; at < count; at++) sum += this.#values[at] ?? 0
    for (let at = 0; at < oldest; at++) sum += this.#values[at] ?? 0
    return sum / count
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

export function createBarFlagging(): FlagBar {
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
      if (move > SMALLEST_OUTLIER && dayNumber(session) - dayNumber(before.session) <= MAX_DAYS_APART) {
        if (move > dailyLimit(session) + LIMIT_ROUNDING) flags |= LIMIT
        else if (logMove > UNUSUAL_MOVE * moves.mean()) flags |= OUTLIER
      }
      moves.add(logMove)
    }
    before = { session, close, volumeBasis }
    return flags
  }
}
