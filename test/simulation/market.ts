/** A simulated market under real-looking codes: random walks, and a few special symbols that cause trouble. */
import type { Calendar } from '../../src/domain/calendar/calendar.js'
import type { Session } from '../../src/domain/calendar/session.js'
import { Generator } from '../../src/ml/generator.js'

export interface MarketBar {
  readonly session: Session
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly volume: number
}

export interface Listed {
  readonly code: string
  readonly decimals: number
  /** Oldest first, to the end of the simulation. */
  readonly bars: readonly MarketBar[]
}

export interface MarketOptions {
  readonly seed: number
  /** Sessions that are simulated, oldest first. */
  readonly sessions: readonly Session[]
  readonly symbols: number
}

/** The first symbols: an index and the special ones. The others are plain. */
export const TROUBLESOME = 4
/** Number of sessions with bars before the first simulated one. */
const HISTORY = 60
/** Listed at the first simulated session, so too young to be fitted for a while. */
const YOUNG = 1
/** Always halted, with a constant price that nothing can be learnt from. */
const HALTED = 2
/** Delisted after a few simulated sessions. */
const LEAVER = 3
const LEAVES_AFTER = 4
/**
 * The last symbols alternate up and down, which a recipe can learn; after a few simulated sessions they become
 * random walks.
 */
export const SWINGING = 2
const SWINGS_AFTER = 8
const SWING = 0.015

export function makeMarket(calendar: Calendar, { seed, sessions, symbols }: MarketOptions): Listed[] {
  const [first] = sessions
  if (first === undefined) throw new Error('no session is simulated')
  const all = [...sessions]
  while (all.length < sessions.length + HISTORY) all.unshift(calendar.previousSession(all[0] ?? first))
  return Array.from({ length: symbols }, (_, place) => {
    const decimals = place === 0 ? 2 : 0
    const own = place === YOUNG ? sessions : place === LEAVER ? all.slice(0, HISTORY + LEAVES_AFTER) : all
    const walk = randomWalk(Generator.fromSeed(seed * 1_000 + place), decimals, {
      halted: place === HALTED,
      swings: place >= symbols - SWINGING ? HISTORY + SWINGS_AFTER : 0,
    })
    return { code: place === 0 ? 'KOSPI' : String(100_000 + 10 * place), decimals, bars: own.map(walk) }
  })
}

function randomWalk(
  generator: Generator,
  decimals: number,
  { halted, swings }: { readonly halted: boolean; readonly swings: number },
): (session: Session, place: number) => MarketBar {
  const keep = (price: number): number => Number(price.toFixed(decimals))
  let close = keep(2_000 + generator.nextBelow(50_000))
  return (session, place) => {
    if (halted) return { session, open: close, high: close, low: close, close, volume: 0 }
    const open = keep(close * (1 + (generator.nextUniform() - 0.5) * 0.01))
    const move = (generator.nextUniform() - 0.5) * 0.03
    close = keep(close * (1 + (place < swings ? (place % 2 === 0 ? SWING : -SWING) + move / 20 : move)))
    const high = keep(Math.max(open, close) * (1 + generator.nextUniform() * 0.01))
    const low = keep(Math.min(open, close) * (1 - generator.nextUniform() * 0.01))
    return { session, open, high, low, close, volume: 1_000_000 + generator.nextBelow(500_000) }
  }
}
