/**
 * Conformal intervals: prediction intervals around a forecast, from how far the contender's earlier forecasts were
 * off.
 *
 * A residual is the actual minus the predicted log return, on a session that the fit had not seen. Divided by the
 * volatility known before the session it is a score. The interval for the next session is predicted close ·
 * exp(volatility · bound), with bounds from the contender's own last scores:
 *
 *     last scores, sorted   ●  ●●  ●●●●●●●●●●  ●●●  ●   ●
 *     95 %                  ├─────────────────────────────┤
 *     80 %                      ├─────────────────┤
 *
 * - **Volatility** is RiskMetrics' (J.P. Morgan, Technical Document, 4th edition, 1996, chapter 5): squared log
 *   returns, exponentially weighted with 0.94.
 * - **Bounds** are split conformal quantiles (Vovk et al., "Algorithmic learning in a random world", 2005): with n
 *   scores, the k-th smallest and the k-th largest, k = floor((n + 1) · tail). Each tail has its own quantile
 *   (Linusson et al., "Signed-error conformal regression", PAKDD 2014), because returns are skewed. A contender
 *   that errs to one side gets an interval to that side instead of one twice as wide, and the interval need not
 *   contain the forecast.
 * - **Adaptation** is quantile tracking (Angelopoulos, Candès and Tibshirani, "Conformal PID control for time
 *   series prediction", NeurIPS 2023) on top of those quantiles: after a miss a tail moves out by 0.1 · (1 -
 *   tail), otherwise in by 0.1 · tail, in volatilities. So over T sessions each tail is missed at its nominal
 *   rate, up to a term that falls with 1 / T, whatever the returns do.
 * - **Bias** needs no special case: a forecast that is always 40 volatilities too low has scores around 40, and
 *   its intervals lie there. Their width is 40 times the variation of the volatility.
 * - **Sessions without trading** are skipped: a halt counted as many small scores would make the intervals after
 *   it too narrow.
 *
 * Measured on KOSPI and 1,303 KRX symbols (`npm run bench -- intervals`):
 *
 * - Around persistence the 80 % intervals cover 79.9 to 80.0 %, the 95 % intervals 94.9 to 95.2 %. Quantiles alone
 *   do as well there, 80.0 to 80.7 and 95.2 to 95.5 %; adaptation costs 0.9 to 1.5 and 0.3 to 1.3 % of Winkler's
 *   score.
 * - Around a forecast with a bias of one volatility that changes sides every 150 sessions, quantiles alone cover
 *   75 to 77 and 94.6 %, the intervals here 79.5 to 80.0 and 94.6 to 95.0 %. Winkler's score is 3 to 6 % better at
 *   80 %, and within 1 % at 95 %.
 * - Adaptive conformal inference (Gibbs and Candès, NeurIPS 2021) moves the quantile's level and was cut off at
 *   the largest score seen. With a step of 0.01 it covers as well. Around persistence its score is within 0.5 % at
 *   80 %, but 3 to 8 % worse at 95 %.
 * - In the 20 sessions after halts of three or more sessions, the intervals cover 82 and 95 %; with halts counted,
 *   65 and 88 %.
 *
 * A state is plain data of bounded size that survives JSON unchanged. No function reads a close before it is
 * observed.
 */
import { exp, log } from '../exact-math.js'
import type { ForecastCloses } from '../metrics/return-errors.js'
import { ScoreWindow } from './score-window.js'

/** Nominal coverage of each interval, narrowest first. */
export const INTERVAL_LEVELS = [0.8, 0.95] as const
export type IntervalLevel = (typeof INTERVAL_LEVELS)[number]

/** Sessions per miss on one side, one a level: 10 % and 2.5 %. Whole, so that no rank depends on rounding. */
const TAIL_SESSIONS = [10, 40] as const
const MAX_SCORES = 250
/** The outermost of 39 scores is a 2.5 % tail. */
const MIN_SCORES = 40
const DECAY = 0.94
/** The weight of 20 returns, 1 - 0.94^20; fewer do not determine a volatility. */
const MIN_WEIGHT = 0.7098
const MIN_VOLATILITY = 1e-5
/**
 * Bound on a log return, about a thousandfold. Residuals and distances are bounded, scores are not. A first move
 * after months of hardly any is thousands of volatilities, and exp of that is infinite. Scores were once bounded
 * at 20 volatilities: then a forecast that was always off by 40 (a sigmoid saturated in a rising market) stayed
 * outside its own intervals for good.
 */
const MAX_RETURN = 7
/**
 * In volatilities. The quantiles follow a bias by themselves, 25 sessions late at 80 %, so adaptation has to add
 * less. What an exceptional period added comes back by 0.01 a session.
 */
const MAX_WIDENING = 20
/**
 * In volatilities. `npm run bench -- intervals`: around persistence 0.05 costs up to 1 % of Winkler's score, 0.1
 * up to 1.5 and 0.2 up to 3 %. Around a forecast whose bias changes sides they gain up to 4, 3 to 6 and 9 to 10 %
 * at 80 %.
 */
const STEP = 0.1

/** How far one level's quantiles are moved outwards, in volatilities. */
interface Widening {
  readonly lower: number
  readonly upper: number
}

/** What the intervals need of a contender's past on one symbol. */
export interface ConformalState {
  /** Σ 0.06 · 0.94^age · return², and the same without returns. Their ratio is the variance. */
  readonly weightedSquares: number
  readonly weight: number
  /** Oldest first, at most 250. */
  readonly scores: readonly number[]
  /** One a level. */
  readonly widening: readonly Widening[]
}

/** Bounds in volatilities around the predicted log return, one a level. */
export type ScoreBounds = readonly { readonly lower: number; readonly upper: number }[]

export interface PriceInterval {
  readonly level: IntervalLevel
  /** Above 0, in the unit of the predicted close. */
  readonly lower: number
  readonly upper: number
}

/**
 * Why there are no intervals. TOO_FEW_RETURNS: fewer than 20 returns are known. TOO_FEW_RESIDUALS: neither the
 * contender nor the market has 40. PREDICTED_NOT_POSITIVE: the forecast is not a price.
 */
export const NO_INTERVALS_REASONS = [
  'TOO_FEW_RETURNS',
  'TOO_FEW_RESIDUALS',
  'PREDICTED_NOT_POSITIVE',
] as const

export type Intervals =
  | {
      readonly kind: 'intervals'
      /** One a level, each inside the next. */
      readonly intervals: readonly PriceInterval[]
      /** Whether the bounds are the market's, because the contender has too few scores of its own. */
      readonly warmingUp: boolean
    }
  | { readonly kind: 'none'; readonly reason: (typeof NO_INTERVALS_REASONS)[number] }

/** A past session and a contender's forecast of it. */
export interface ObservedSession extends Omit<ForecastCloses, 'predicted'> {
  /** Null where there was no forecast. */
  readonly predicted: number | null
  /** False where the symbol was halted. */
  readonly traded: boolean
}

/**
 * The state of a contender without a past. Before its first forecast, observe at least 20 sessions with
 * `predicted: null`, so that the volatility is known.
 */
export const CONFORMAL_START: ConformalState = {
  weightedSquares: 0,
  weight: 0,
  scores: [],
  widening: INTERVAL_LEVELS.map(() => ({ lower: 0, upper: 0 })),
}

/**
 * Returns the state after one more session, in session order. A session without trading changes nothing. One
 * without a forecast, or with a forecast that is not a price, updates only the volatility.
 * @throws RangeError where the actual or the previous close is not a price
 */
export function observe(state: ConformalState, session: ObservedSession): ConformalState {
  return observeAll(state, [session])
}

/**
 * Returns the state after many sessions, bit by bit the one that repeated {@link observe} returns. It sorts the
 * scores once and keeps them in order, which makes 600 sessions about 17 times cheaper (`npm run bench --
 * contender-states`).
 * @throws RangeError as in {@link observe}
 */
export function observeAll(state: ConformalState, sessions: Iterable<ObservedSession>): ConformalState {
  let { weightedSquares, weight, widening } = state
  let window: ScoreWindow | null = null
  for (const { predicted, actual, previous, traded } of sessions) {
    if (!isPrice(actual) || !isPrice(previous)) {
      throw new RangeError(
        `A return from ${previous} to ${actual} is undefined: both must be prices above 0.`,
      )
    }
    if (!traded) continue
    const volatility = volatilityOf({ weightedSquares, weight })
    const actualReturn = logReturn(previous, actual)
    weightedSquares = DECAY * weightedSquares + (1 - DECAY) * actualReturn * actualReturn
    weight = DECAY * weight + (1 - DECAY)
    if (predicted === null || !isPrice(predicted) || volatility === null) continue
    const score = clamp(actualReturn - logReturn(previous, predicted), MAX_RETURN) / volatility
    window ??= new ScoreWindow(state.scores, MAX_SCORES)
    widening = adapted(widening, boundsOf(window.sorted, widening), score)
    window.add(score)
  }
  if (weight === state.weight && weightedSquares === state.weightedSquares && window === null) return state
  return { weightedSquares, weight, scores: window?.inOrder() ?? state.scores, widening }
}

/**
 * Returns the intervals for the session after the last one observed.
 * @param predicted the contender's close for that session
 * @param market {@link marketBounds} of the market's states before that session; used where the contender has
 *   fewer than 40 scores
 */
export function intervalsAround(
  state: ConformalState,
  predicted: number,
  market: ScoreBounds | null,
): Intervals {
  if (!isPrice(predicted)) return { kind: 'none', reason: 'PREDICTED_NOT_POSITIVE' }
  const volatility = volatilityOf(state)
  if (volatility === null) return { kind: 'none', reason: 'TOO_FEW_RETURNS' }
  const own = ownBounds(state)
  const bounds = own ?? market
  if (bounds === null) return { kind: 'none', reason: 'TOO_FEW_RESIDUALS' }
  const intervals = INTERVAL_LEVELS.map((level, i) => ({
    level,
    lower: priceAt(predicted, volatility * (bounds[i]?.lower ?? NaN)),
    upper: priceAt(predicted, volatility * (bounds[i]?.upper ?? NaN)),
  }))
  return { kind: 'intervals', intervals, warmingUp: own === null }
}

/**
 * Returns the bounds of the pooled scores of many states, or null where they have fewer than 40. Computed once a
 * night.
 */
export function marketBounds(states: Iterable<ConformalState>): ScoreBounds | null {
  const scores: number[] = []
  for (const state of states) for (const score of state.scores) scores.push(score)
  return boundsOf(Float64Array.from(scores).sort(), [])
}

function ownBounds(state: ConformalState): ScoreBounds | null {
  return boundsOf(Float64Array.from(state.scores).sort(), state.widening)
}

function boundsOf(sorted: Float64Array, widening: readonly Widening[]): ScoreBounds | null {
  const count = sorted.length
  if (count < MIN_SCORES) return null
  const bounds: { lower: number; upper: number }[] = []
  for (const [level, sessions] of TAIL_SESSIONS.entries()) {
    const rank = Math.floor((count + 1) / sessions)
    const move = widening[level] ?? { lower: 0, upper: 0 }
    const lower = (sorted[rank - 1] ?? NaN) - move.lower
    const upper = (sorted[count - rank] ?? NaN) + move.upper
    const inner = bounds.at(-1)
    bounds.push(ordered(Math.min(lower, inner?.lower ?? lower), Math.max(upper, inner?.upper ?? upper)))
  }
  return bounds
}

/** Tails that crossed meet in the middle. */
function ordered(lower: number, upper: number): { lower: number; upper: number } {
  if (lower <= upper) return { lower, upper }
  const middle = (lower + upper) / 2
  return { lower: middle, upper: middle }
}

/** Adapts to a score by the contender's own bounds before it; the market's bounds do not count. */
function adapted(
  widening: readonly Widening[],
  bounds: ScoreBounds | null,
  score: number,
): readonly Widening[] {
  if (bounds === null) return widening
  return widening.map(({ lower, upper }, level) => {
    const tail = 1 / (TAIL_SESSIONS[level] ?? NaN)
    const missed = bounds[level] ?? { lower: NaN, upper: NaN }
    return {
      lower: clamp(lower + STEP * ((score < missed.lower ? 1 : 0) - tail), MAX_WIDENING),
      upper: clamp(upper + STEP * ((score > missed.upper ? 1 : 0) - tail), MAX_WIDENING),
    }
  })
}

/** Returns the volatility known before the next session; null where there are too few returns. */
function volatilityOf({
  weightedSquares,
  weight,
}: Pick<ConformalState, 'weightedSquares' | 'weight'>): number | null {
  if (weight < MIN_WEIGHT) return null
  return Math.max(MIN_VOLATILITY, Math.sqrt(weightedSquares / weight))
}

function isPrice(value: number): boolean {
  return value > 0 && value < Infinity
}

/** Returns the bounded log return; finite even where the ratio of the prices is not. */
function logReturn(from: number, to: number): number {
  return clamp(log(to / from), MAX_RETURN)
}

/** Returns a price above 0 and finite, for every price and distance. */
function priceAt(price: number, distance: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, price * exp(clamp(distance, MAX_RETURN))))
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value))
}
