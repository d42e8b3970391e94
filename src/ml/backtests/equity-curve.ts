/**
 * Equity curves: the performance metrics of one equity series, updated in constant time and space per session.
 *
 * Returns are simple and per session: equity over that of the session before, minus 1. A year has 247 sessions,
 * the mean of the exchange's 27 years from 1999 to 2025 (246.6). With n returns r:
 *
 * - Total return: the last equity over the first, minus 1. CAGR: (1 + total return)^(247 / n) - 1, null below one
 *   year, where it would extrapolate.
 * - Volatility: the returns' standard deviation with n - 1 degrees of freedom, times √247.
 * - Sharpe ratio: mean over that deviation, times √247; Sharpe, "The Sharpe Ratio" (J. Portfolio Management 21,
 *   1994) with a riskless rate of 0, because cash bears no interest here.
 * - Sortino ratio: mean over √(Σ min(r, 0)² / n), times √247: the downside deviation from a target of 0 over all
 *   returns, as in Sortino and Price, "Performance Measurement in a Downside Risk Framework" (J. Investing 3,
 *   1994).
 * - Maximum drawdown: the largest 1 - equity / highest equity so far, at closes, including the start.
 * - Calmar ratio: CAGR over maximum drawdown, both of the whole run, where Young, "Calmar Ratio: A Smoother Tool"
 *   (Futures 20, 1991) used the last 36 months.
 *
 * Mean and variance are updated as in Welford, "Note on a Method for Calculating Corrected Sums of Squares and
 * Products" (Technometrics 4, 1962). Curves are plain data that JSON keeps exactly.
 */
import type { Session } from '../../domain/calendar/session.js'
import { exp, log } from '../exact-math.js'

export const SESSIONS_A_YEAR = 247
/** A return, or a spread of returns, this near to 0 is rounding error. */
export const RETURN_ROUNDING = 1e-12

export interface Drawdown {
  /** A fraction above 0: 0.25 is a loss of a quarter. */
  readonly depth: number
  /** The last session at the highest equity before it. */
  readonly peak: Session
  readonly trough: Session
  /** The first session back at the peak's equity; null while there is none. */
  readonly recovery: Session | null
}

export interface EquityCurve {
  readonly sessions: number
  readonly equity: number
  /** Mean of the returns. */
  readonly mean: number
  /** Σ (return - mean)². */
  readonly squares: number
  /** Σ min(return, 0)². */
  readonly downside: number
  readonly highest: number
  readonly highestSession: Session
  readonly drawdown: Drawdown | null
}

export interface Performance {
  readonly totalReturn: number
  readonly cagr: number | null
  /** Null below two sessions. */
  readonly volatility: number | null
  /** Null where returns do not vary. */
  readonly sharpe: number | null
  /** Null where no return lies below 0. */
  readonly sortino: number | null
  /** Null where equity never fell. */
  readonly maxDrawdown: Drawdown | null
  /** Null below one year, and where equity never fell. */
  readonly calmar: number | null
}

/** Returns a curve that starts at 1, at the close of the session before the first one. */
export function startCurve(before: Session): EquityCurve {
  return {
    sessions: 0,
    equity: 1,
    mean: 0,
    squares: 0,
    downside: 0,
    highest: 1,
    highestSession: before,
    drawdown: null,
  }
}

/** Returns the curve after one more session. After an equity of 0 all returns are 0. */
export function addEquity(curve: EquityCurve, session: Session, equity: number): EquityCurve {
  const change = curve.equity > 0 ? equity / curve.equity - 1 : 0
  const sessions = curve.sessions + 1
  const fromMean = change - curve.mean
  const mean = curve.mean + fromMean / sessions
  const isHighest = equity >= curve.highest
  return {
    sessions,
    equity,
    mean,
    squares: curve.squares + fromMean * (change - mean),
    downside: curve.downside + Math.min(change, 0) ** 2,
    highest: isHighest ? equity : curve.highest,
    highestSession: isHighest ? session : curve.highestSession,
    drawdown: isHighest ? recovered(curve.drawdown, session) : deepest(curve, session, equity),
  }
}

/** A new high ends an open drawdown. */
function recovered(drawdown: Drawdown | null, session: Session): Drawdown | null {
  return drawdown?.recovery === null ? { ...drawdown, recovery: session } : drawdown
}

function deepest(
  { drawdown, highest, highestSession }: EquityCurve,
  session: Session,
  equity: number,
): Drawdown {
  const depth = 1 - equity / highest
  if (drawdown !== null && drawdown.depth >= depth) return drawdown
  return { depth, peak: highestSession, trough: session, recovery: null }
}

/** Returns the metrics of a curve. */
export function performanceOf(curve: EquityCurve): Performance {
  const { sessions, equity, mean, drawdown } = curve
  const aYear = Math.sqrt(SESSIONS_A_YEAR)
  const deviation = sessions < 2 ? null : Math.sqrt(Math.max(0, curve.squares) / (sessions - 1))
  const downside = sessions < 2 ? 0 : Math.sqrt(curve.downside / sessions)
  const cagr = sessions < SESSIONS_A_YEAR ? null : exp((log(equity) * SESSIONS_A_YEAR) / sessions) - 1
  return {
    totalReturn: equity - 1,
    cagr,
    volatility: deviation === null ? null : deviation * aYear,
    sharpe: deviation === null || deviation <= RETURN_ROUNDING ? null : (mean / deviation) * aYear,
    sortino: downside <= RETURN_ROUNDING ? null : (mean / downside) * aYear,
    maxDrawdown: drawdown,
    calmar: cagr === null || drawdown === null ? null : cagr / drawdown.depth,
  }
}
