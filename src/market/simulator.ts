/**
 * A seeded market for trying things out: an index and shares with clustered volatility, fat tails and
 * volume that follows the moves; the returns of one share can be predicted for a while. Every symbol is marked as
 * simulated. Equal seeds give equal bytes: only the four operations and square roots are used, which every
 * processor rounds alike.
 */
import type { Bar } from '../domain/bars/bar.js'
import type { Calendar } from '../domain/calendar/calendar.js'
import type { Session } from '../domain/calendar/session.js'
import type { SymbolDefinition } from '../domain/symbol.js'
import { toDecimals } from '../domain/bars/decimals.js'

export interface SimulatedSymbol {
  readonly definition: SymbolDefinition
  readonly bars: readonly Bar[]
}

interface Character {
  readonly code: string
  readonly name: string
  readonly decimals: number
  readonly firstPrice: number
  readonly sharesPerDay: number
  /** Daily standard deviation of returns in calm times. */
  readonly volatility: number
  readonly drift: number
  /** Stretches whose returns can be predicted; none leaves them unpredictable. */
  readonly regimes?: readonly Regime[]
}

/** A stretch of sessions in which a move depends on the direction of the move before. */
interface Regime {
  /** Sessions before the newest one at which it begins, and at which the next one does. */
  readonly from: number
  readonly to: number
  /** Part of a return that the direction before decides, in volatilities; negative where the price swings back. */
  readonly follow: number
  /** Factor on the random part of a return. */
  readonly noise: number
}

const CAST: readonly Character[] = [
  {
    code: 'SIM001',
    name: 'Simulated Composite',
    decimals: 2,
    firstPrice: 2_500,
    sharesPerDay: 450_000_000,
    volatility: 0.01,
    drift: 0.0002,
  },
  {
    code: 'SIM002',
    name: 'Simulated Electronics',
    decimals: 0,
    firstPrice: 68_000,
    sharesPerDay: 14_000_000,
    volatility: 0.016,
    drift: 0.0003,
  },
  {
    code: 'SIM003',
    name: 'Simulated Shipping',
    decimals: 0,
    firstPrice: 18_500,
    sharesPerDay: 3_500_000,
    volatility: 0.012,
    drift: 0.0001,
    // A recipe learns the swings and takes over; the trend that follows them proves it wrong, and it gives way.
    regimes: [
      { from: 100, to: 34, follow: -1, noise: 0.6 },
      { from: 34, to: 0, follow: 1.6, noise: 1.6 },
    ],
  },
]

/**
 * Simulates the sample market.
 * @param sessions bars for each symbol
 * @param last the newest session to simulate
 */
export function simulateMarket(options: {
  calendar: Calendar
  seed: number
  sessions: number
  last: Session
}): SimulatedSymbol[] {
  const { calendar, last } = options
  const sessions: Session[] = [last]
  while (sessions.length < options.sessions) sessions.unshift(calendar.previousSession(sessions[0] ?? last))
  return CAST.map((character, index) => ({
    definition: {
      code: character.code,
      name: character.name,
      nameKo: null,
      nameEn: character.name,
      kind: character.decimals > 0 ? ('INDEX' as const) : ('COMMON_SHARE' as const),
      market: 'KOSPI' as const,
      decimals: character.decimals,
      simulated: true,
    },
    bars: simulateBars(character, sessions, drawsOf(options.seed * 1_000 + index)),
  }))
}

function simulateBars(character: Character, sessions: readonly Session[], draws: Draws): Bar[] {
  const bars: Bar[] = []
  const calm = character.volatility * character.volatility
  let variance = calm
  let close = character.firstPrice
  let direction = 0
  for (const [place, session] of sessions.entries()) {
    const volatility = Math.sqrt(variance)
    const left = sessions.length - 1 - place
    const regime = character.regimes?.find(({ from, to }) => left < from && left >= to)
    const followed = regime ? regime.follow * character.volatility * direction : 0
    // One session in fifty moves twice as far: the fat tail that normal draws lack.
    const shock = draws.normal() * volatility * (draws.uniform() < 0.02 ? 2 : 1) * (regime?.noise ?? 1)
    const open = close * (1 + draws.normal() * volatility * 0.4)
    const next = close * (1 + clamp(character.drift + followed + shock, -0.29, 0.29))
    const reach = volatility * close * (0.2 + draws.uniform())
    const high = Math.max(open, next) + reach * draws.uniform()
    const low = Math.min(open, next) - reach * draws.uniform()
    const volume =
      character.sharesPerDay * (0.6 + 0.5 * draws.uniform() + (0.4 * Math.abs(shock)) / character.volatility)
    const keep = (price: number): number => toDecimals(price, character.decimals)
    bars.push({
      session,
      open: keep(open),
      high: keep(high),
      low: keep(low),
      close: keep(next),
      volume: BigInt(Math.round(volume)),
      flags: 0,
    })
    // GARCH(1,1): Bollerslev, Journal of Econometrics 31 (1986) 307-327; the weights sum to one with the calm part.
    variance = 0.05 * calm + 0.1 * shock * shock + 0.85 * variance
    direction = Math.sign(next - close)
    close = next
  }
  return bars
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}

interface Draws {
  /** In [0, 1). */
  uniform(): number
  /** Nearly standard normal: the sum of twelve uniforms, so no logarithm or cosine is needed. */
  normal(): number
}

// Mulberry32 (Tommy Ettinger, 2017, public domain): plenty for a sample market, and eight lines long.
function drawsOf(seed: number): Draws {
  let state = seed | 0
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const normal = (): number => {
    let sum = -6
    for (let draw = 0; draw < 12; draw += 1) sum += uniform()
    return sum
  }
  return { uniform, normal }
}
