/**
 * Breaks: a move from one close to the next that trading cannot make, so the two closes are not prices of one thing.
 *
 * A share cannot move further in a session than its daily limit. Where a close does, a split without notice, a halt with
 * a new base price, a wrong price or another vendor's basis lies between. Nothing may be computed across it: no return,
 * label, score, fill or mark.
 *
 * What is no break:
 * - a move that a confirmed action explains: the rest of the move is within the limit;
 * - the first bar of a symbol, and a listing, within the listing's own limits: 60 to 400 % of the price offered since
 *   2023-06-26, before that 90 to 200 % and then the daily limit (KRX);
 * - trading before a delisting, which has no limit;
 * - an ETF or ETN within twice the limit, because many have twofold leverage and a source rarely states it;
 * - a move before 1998-12-07, when limits were of another kind;
 * - what rounding explains: half a unit of the decimals on either close.
 *
 * An action without a ratio, a merger for instance, names a cause and joins no prices, so the series still breaks.
 *
 * Bars further apart than the longest closure have sessions missing between them, and the share may have moved in each.
 * Such a move breaks the series beyond the limit compounded over the weekdays between, at most ten of them: beyond that a
 * price that was set anew is the likelier cause.
 */
import { dayNumber } from '../../calendar/session.js'
import type { Session } from '../../calendar/session.js'
import type { SymbolKind } from '../../symbol.js'
import { dailyLimit, LIMIT_ROUNDING } from '../daily-limit.js'
import { ratioBetween } from './corporate-action.js'
import type { SeriesAction } from './corporate-action.js'

/** What decides whether a move of a symbol is possible. */
export interface SeriesRules {
  readonly kind: SymbolKind
  /** Decimals of stored prices. */
  readonly decimals: number
  /** The confirmed actions. */
  readonly actions: readonly SeriesAction[]
}

export interface PricedClose {
  readonly session: Session
  readonly close: number
}

/** Bars further apart than the longest closure have bars missing between them, so their move is not one session's. */
export const MAX_DAYS_APART = 11
const MAX_COMPOUNDED_SESSIONS = 10
const LEVERAGE: Partial<Record<SymbolKind, number>> = { ETF: 2, ETN: 2 }
/** Newest first: bounds of the first close over the price before it. */
const LISTING_LIMITS = [
  { from: '2023-06-26', low: 0.6, high: 4 },
  { from: '', low: 0.9 * 0.7, high: 2 * 1.3 },
] as const

/** Smallest and largest ratio of a close to the one before that trading can make. */
interface MoveLimits {
  readonly low: number
  readonly high: number
}

/** @returns whether the series breaks between two closes of consecutive bars */
export function isBreak(rules: SeriesRules, before: PricedClose, now: PricedClose): boolean {
  const joined = { session: before.session, close: before.close * ratioAcross(rules, before, now) }
  return !isPossible(rules, joined, now)
}

/** @returns the places of bars, from 1, at which the series breaks */
export function breakPlaces(
  rules: SeriesRules,
  sessions: readonly Session[],
  closes: ArrayLike<number>,
): readonly number[] {
  const places: number[] = []
  for (let place = 1; place < sessions.length; place++) {
    const [before, now] = [closes[place - 1] ?? NaN, closes[place] ?? NaN]
    // No limit is narrower, so most moves need no further check.
    if (Math.abs(now - before) <= 0.15 * before) continue
    const [from, to] = [sessions[place - 1], sessions[place]]
    if (from === undefined || to === undefined) continue
    if (!isPossible(rules, { session: from, close: before }, { session: to, close: now })) places.push(place)
  }
  return places
}

/**
 * `RAW`: the stored bars before the action have prices from before it. `ADJUSTED`: they already contain it. `EITHER`: the
 * move fits both, as for a ratio near 1. `NEITHER`: the ratio does not explain the move.
 */
export type SeamEvidence = 'RAW' | 'ADJUSTED' | 'EITHER' | 'NEITHER'

/** Decides whether stored bars contain an action, from the closes on both sides of it. */
export function seamEvidence(
  rules: SeriesRules,
  before: PricedClose,
  after: PricedClose,
  ratio: number,
): SeamEvidence {
  const isAdjusted = isPossible(rules, before, after)
  const isRaw = isPossible(rules, { ...before, close: before.close * ratio }, after)
  if (isRaw) return isAdjusted ? 'EITHER' : 'RAW'
  return isAdjusted ? 'ADJUSTED' : 'NEITHER'
}

function ratioAcross({ actions }: SeriesRules, before: PricedClose, now: PricedClose): number {
  return actions.length === 0 ? 1 : ratioBetween(actions, before.session, now.session)
}

/** Whether trading can move a price from one close to the next. */
function isPossible(rules: SeriesRules, before: PricedClose, now: PricedClose): boolean {
  const limits = limitsOf(rules, before.session, now.session)
  if (limits === null) return true
  const half = 0.5 * 10 ** -rules.decimals
  const [least, most] = [
    (now.close - half) / (before.close + half),
    (now.close + half) / (before.close - half),
  ]
  return (
    most >= limits.low - LIMIT_ROUNDING && (before.close <= half || least <= limits.high + LIMIT_ROUNDING)
  )
}

/** @returns null where there is no limit */
function limitsOf({ kind, actions }: SeriesRules, before: Session, now: Session): MoveLimits | null {
  const limit = dailyLimit(now)
  if (limit === Infinity) return null
  for (const action of actions) {
    if (action.kind === 'LIQUIDATION' && action.session <= now) return null
    if (action.kind === 'LISTING' && action.session > before && action.session <= now) {
      return LISTING_LIMITS.find(({ from }) => now >= from) ?? null
    }
  }
  const days = dayNumber(now) - dayNumber(before)
  const sessions = days <= MAX_DAYS_APART ? 1 : Math.min(MAX_COMPOUNDED_SESSIONS, Math.floor((days * 5) / 7))
  const wide = limit * (LEVERAGE[kind] ?? 1)
  let [low, high] = [1, 1]
  for (let session = 0; session < sessions; session++) [low, high] = [low * (1 - wide), high * (1 + wide)]
  return { low, high }
}
