/**
 * Walk-forward folds: which bars the fit behind each session's forecast may see.
 *
 * A fold is the sessions served by one fit, and the fit ends before the first of them. Places are indexes of bars
 * in session order, from 0. With a training window of 4 bars, sessions 4 to 10 served and a refit every 3
 * sessions, rolling:
 *
 *     place    0   1   2   3   4   5   6   7   8   9   10
 *     fold 0   t   t   t   t   s   s   s
 *     fold 1               t   t   t   t   s   s   s
 *     fold 2                           t   t   t   t   s
 *
 * t: bars that the fit and its scaler may see; s: sessions served. In expanding mode every t row starts at place
 * 0. The last fold is shorter where refitEvery does not divide the sessions.
 *
 * For session T the fit may see bars up to T - 1, so trainLast is serveFirst - 1. Later sessions of the fold keep
 * its fit and its scaler; only the network's inputs move on. The forecast for T reads the bars that end with T -
 * 1, which for T > serveFirst are newer than the fit. No forecast reads a bar at or after T.
 *
 * Where the series breaks, a fold ends, and the sessions from the break on have none until a whole window lies behind
 * it. They are one fold that cannot be fitted. With a break before place 6:
 *
 *     place    0   1   2   3   4   5 | 6   7   8   9   10
 *     fold 0   t   t   t   t   s   s |
 *     fold 1                         | -   -   -   -
 *     fold 2                         | t   t   t   t   s
 */
import { KospigraphError } from '../../errors.js'

export const WALK_FORWARD_MODES = ['rolling', 'expanding'] as const
export type WalkForwardMode = (typeof WALK_FORWARD_MODES)[number]

export interface WalkForwardPlan {
  /** Number of bars. */
  readonly barCount: number
  /** Place of the first session to forecast. */
  readonly from: number
  /** Place of the last session to forecast. */
  readonly to: number
  /** Sessions that one fit serves, from 1. */
  readonly refitEvery: number
  readonly mode: WalkForwardMode
  /**
   * Bars of one training window, lookback and labels included: exactly that many when rolling, at least that many
   * when expanding.
   */
  readonly windowBars: number
  /** Places, ascending, before which the series breaks; none by default. */
  readonly breaks?: readonly number[]
}

/** Places; both ends of each range are included. */
export interface Fold {
  /** The place of the break that its training window would cross; the fold is not fitted. */
  readonly brokenAt?: number
  readonly trainFirst: number
  readonly trainLast: number
  readonly serveFirst: number
  readonly serveLast: number
}

/**
 * Returns the number of folds, which is the number of fits.
 * @throws KospigraphError BAD_USER_INPUT as in {@link walkForward}
 */
export function foldCount(plan: WalkForwardPlan): number {
  checkPlan(plan)
  if (!plan.breaks?.length) return Math.ceil((plan.to - plan.from + 1) / plan.refitEvery)
  return [...foldsOf(plan)].length
}

/**
 * Returns the plan's folds in session order, made lazily; every iteration starts anew.
 * @throws KospigraphError BAD_USER_INPUT, at the call, naming the field and its allowed values
 */
export function walkForward(plan: WalkForwardPlan): Iterable<Fold> {
  checkPlan(plan)
  return { [Symbol.iterator]: () => foldsOf(plan) }
}

function* foldsOf({
  from,
  to,
  refitEvery,
  mode,
  windowBars,
  breaks = [],
}: WalkForwardPlan): Generator<Fold, void, void> {
  let serveFirst = from
  while (serveFirst <= to) {
    const first = serveFirst
    const before = breaks.findLast((place) => place <= first)
    const next = breaks.find((place) => place > first) ?? to + 1
    const fittedFrom = before === undefined ? first : before + windowBars
    const brokenAt = first < fittedFrom ? before : undefined
    const length = brokenAt === undefined ? refitEvery : fittedFrom - first
    const serveLast = Math.min(first + length - 1, next - 1, to)
    yield {
      ...(brokenAt !== undefined && { brokenAt }),
      trainFirst: brokenAt ?? (mode === 'rolling' ? first - windowBars : (before ?? 0)),
      trainLast: first - 1,
      serveFirst: first,
      serveLast,
    }
    serveFirst = serveLast + 1
  }
}

/**
 * Returns which sessions have a whole training window before them since the last break; that of a break has none.
 * @param breaks ascending
 */
export function createServedPlaces(
  breaks: readonly number[],
  windowBars: number,
): (place: number) => boolean {
  return (place) => {
    const before = breaks.findLast((at) => at <= place)
    return before === undefined || before <= place - windowBars
  }
}

function checkPlan(plan: WalkForwardPlan): void {
  const { barCount, from, to, windowBars } = plan
  requireWhole('barCount', plan.barCount, 0)
  requireWhole('windowBars', windowBars, 1)
  requireWhole('refitEvery', plan.refitEvery, 1)
  requireWhole('from', from, 0)
  requireWhole('to', to, 0)
  const mode: string = plan.mode
  if (!WALK_FORWARD_MODES.some((known) => known === mode)) {
    refuse('mode', `"${mode}" is not known; use ${WALK_FORWARD_MODES.join(' or ')}`)
  }
  if (to >= barCount) {
    refuse('to', `session ${to} is not among the ${barCount} bars; the last one is ${barCount - 1}`)
  }
  if (from > to) refuse('from', `session ${from} comes after the last one, ${to}; swap them`)
  if (from < windowBars) {
    refuse(
      'from',
      `session ${from} has ${from} bars before it and one training window needs ${windowBars}; ` +
        `start at session ${windowBars} or later, or add older bars`,
    )
  }
}

function requireWhole(field: string, value: number, min: number): void {
  if (Number.isSafeInteger(value) && value >= min) return
  refuse(field, `${value} is not a whole number from ${min}`)
}

function refuse(field: string, problem: string): never {
  throw new KospigraphError('BAD_USER_INPUT', `${field}: ${problem}`)
}
