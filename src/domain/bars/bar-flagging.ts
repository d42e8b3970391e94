/**
 * Flags that a bar has by what lies before it in its symbol:
 *
 * - LIMIT: the close lies further from the last one than the exchange lets a share move in a session: 15 % from
 *   1998-12-07, 30 % from 2015-06-15. A split that nobody has adjusted, a wrong price, or a share that a
 *   reorganisation has revalued. Indices are held to it as well, since no average of shares moves further than they do.
 * - OUTLIER: within the limit, and yet 10 times as large a move as is usual in the symbol, and above 10 %; or 100 times
 *   more or fewer shares than usual, which is what a vendor's slip from shares to thousands of shares looks like.
 *
 * What is usual comes from a fixed number of bars before, added up anew for every bar: the flags are the same whether a
 * symbol's whole history is judged at once or a bar is added to it.
 */
import { flagBit } from './bar.js'
import { dailyLimit, LIMIT_ROUNDING } from './daily-limit.js'
import { dayNumber } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'

const [LIMIT, OUTLIER] = [flagBit('LIMIT'), flagBit('OUTLIER')]
/** The flags that are judged here, as bits. */
export const NEIGHBOUR_FLAGS = LIMIT | OUTLIER

/** Sessions further apart than the longest closures are no neighbours, and their move is no session's. */
const MAX_DAYS_APART = 11
const USUAL_MOVES = 60
const USUAL_VOLUMES = 20
/** Fewer do not say what is usual. */
const MIN_USUAL = 10
const UNUSUAL_MOVE = 10
const SMALLEST_OUTLIER = 0.1
const UNUSUAL_VOLUME = Math.log(100)

/** Bars before the first one judged that its flags depend on. */
export const BARS_BEFORE = USUAL_MOVES + 1
/** Bars after a changed one whose flags depend on it. */
export const BARS_AFTER = USUAL_MOVES

/** The last values, oldest first once full; at most `length`. */
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

  /** NaN where too few are known to say. */
  mean(): number {
    const { length } = this.#values
    const count = Math.min(this.#added, length)
    if (count < MIN_USUAL) return Number.NaN
    const oldest = this.#added > length ? this.#added % length : 0
    let sum = 0
    // From the oldest on, wherever the ring begins: sums in another order would round differently.
    for (let at = oldest; at < count; at++) sum += this.#values[at] ?? 0
    for (let at = 0; at < oldest; at++) sum += this.#values[at] ?? 0
    return sum / count
  }
}

/** The judged flags of one symbol's bars, given in session order. */
export type FlagBar = (session: Session, close: number, volume: number) => number

export function createBarFlagging(): FlagBar {
  const moves = new Recent(USUAL_MOVES)
  /** Of sessions with trading, among the last ones. */
  const volumes = new Recent(USUAL_VOLUMES)
  let before: { readonly session: Session; readonly close: number } | undefined
  return (session, close, volume) => {
    let flags = 0
    if (volume > 0) {
      const logVolume = Math.log(volume)
      if (Math.abs(logVolume - volumes.mean()) > UNUSUAL_VOLUME) flags |= OUTLIER
      volumes.add(logVolume)
    }
    if (before !== undefined) {
      const move = Math.abs(close - before.close) / before.close
      const logMove = Math.abs(Math.log(close / before.close))
      // Most moves are small, and nothing about them needs looking up.
      if (move > SMALLEST_OUTLIER && dayNumber(session) - dayNumber(before.session) <= MAX_DAYS_APART) {
        if (move > dailyLimit(session) + LIMIT_ROUNDING) flags |= LIMIT
        else if (logMove > UNUSUAL_MOVE * moves.mean()) flags |= OUTLIER
      }
      moves.add(logMove)
    }
    before = { session, close }
    return flags
  }
}
