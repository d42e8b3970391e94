/**
 * Whether 1/7/97 is the first of July or the seventh of January, decided by all rows of a file: an order is out
 * where one row would be no day of the calendar in it. Where several remain, the one in which rows run steadily
 * forwards or backwards is meant, if the others do not.
 */
import { DATE_ORDERS, needsOrder, readShort } from './date-shape.js'
import type { DateOrder } from './date-shape.js'

/** Symbols whose last row is remembered; a file with more gets no help from the order of its rows. */
const MAX_SYMBOLS = 10_000

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
      // What is no date in any order is that row's trouble and says nothing about the others.
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
  /** The first date that is none in this order. */
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
    if (last !== undefined || this.#last.size < MAX_SYMBOLS) this.#last.set(symbol, date)
    else this.#lost = true
  }

  /** Whether the rows of each symbol run in one direction, the same for all. */
  get steady(): boolean {
    return !this.#lost && this.#rises !== this.#falls
  }
}

/** Two dates that cannot be meant in the same order; day and month, as people mix those up. */
function contradiction(readings: readonly Reading[]): string[] {
  return readings.filter(({ order }) => order !== 'YMD').flatMap(({ against }) => against ?? [])
}
