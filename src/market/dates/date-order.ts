/**
 * Date order: decides from all rows of a file whether 1/7/97 means 1 July or 7 January.
 *
 * An order is excluded where one row would not be a calendar day in it. Where several orders remain, the one in
 * which the rows run steadily forwards or backwards is chosen, if it is the only one.
 */
import { DATE_ORDERS, needsOrder, readShort } from './date-shape.js'
import type { DateOrder } from './date-shape.js'
import { MAX_REMEMBERED_SYMBOLS } from '../csv/symbol-text.js'

export type OrderDecision =
  | { readonly kind: 'decided'; readonly order: DateOrder; readonly by: string }
  | { readonly kind: 'undecided'; readonly orders: readonly DateOrder[]; readonly example: string }
  | { readonly kind: 'contradictory'; readonly examples: readonly string[] }

export interface OrderEvidence {
  see(text: string, symbol: string): void
  decide(): OrderDecision
}

export function collectOrderEvidence(): OrderEvidence {
  const readings = DATE_ORDERS.map((order) => new Reading(order))
  let example = ''
  return {
    see(text, symbol) {
      if (!needsOrder(text)) return
      example ||= text
      const dates = readings.map(({ order }) => readShort(text, order))
      // A text that is not a date in any order is an error of its row, not evidence.
      if (dates.every((date) => date === undefined)) return
      readings.forEach((reading, at) => reading.see(text, dates[at], symbol))
    },
    decide() {
      const possible = readings.filter(({ against }) => against === undefined)
      const [only] = possible
      if (!only) return { kind: 'contradictory', examples: contradiction(readings) }
      if (possible.length === 1) {
        const against = readings.flatMap((reading) => reading.against ?? [])
        return { kind: 'decided', order: only.order, by: against.at(0) ?? example }
      }
      const steady = possible.filter((reading) => reading.steady)
      if (steady.length === 1 && steady[0]) {
        return { kind: 'decided', order: steady[0].order, by: 'the order of its rows' }
      }
      return { kind: 'undecided', orders: possible.map(({ order }) => order), example }
    },
  }
}

class Reading {
  /** The first text that is not a date in this order. */
  against: string | undefined
  readonly #last = new Map<string, string>()
  #rises = false
  #falls = false
  #lost = false

  constructor(readonly order: DateOrder) {}

  see(text: string, date: string | undefined, symbol: string): void {
    if (this.against !== undefined) return
    if (date === undefined) {
      this.against = text
      return
    }
    const last = this.#last.get(symbol)
    if (last !== undefined && date > last) this.#rises = true
    if (last !== undefined && date < last) this.#falls = true
    // A file with more symbols gets no help from the order of its rows.
    if (last !== undefined || this.#last.size < MAX_REMEMBERED_SYMBOLS) this.#last.set(symbol, date)
    else this.#lost = true
  }

  /** Whether the rows of all symbols run in one and the same direction. */
  get steady(): boolean {
    return !this.#lost && this.#rises !== this.#falls
  }
}

/** Returns two dates that contradict each other about day and month, the usual confusion. */
function contradiction(readings: readonly Reading[]): string[] {
  return readings.filter(({ order }) => order !== 'YMD').flatMap(({ against }) => against ?? [])
}
