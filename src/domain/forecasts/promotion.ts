/**
 * The promotion ledger: for each symbol, an append-only list of entries that records the serving contender. Before the
 * first entry, persistence serves.
 *
 * Decisions form a stack. A takeover, a give-way and a pin each push a decision; a rollback pops the top one, so that the
 * one below is in force again. Every entry names the contender that serves from then on, so the contender of a date is
 * that of the newest entry in force by then.
 */
import { PERSISTENCE } from '../models/recipe.js'
import type { Session } from '../calendar/session.js'

/**
 * `TAKEOVER`: a recipe has beaten persistence. `GIVE_WAY`: it no longer does, and persistence serves again. `PIN`: a
 * person made one version serve until a rollback. `ROLLBACK`: a person undid the decision in force.
 */
export const PROMOTION_KINDS = ['TAKEOVER', 'GIVE_WAY', 'PIN', 'ROLLBACK'] as const
export type PromotionKind = (typeof PROMOTION_KINDS)[number]

/** The serving contender. */
export interface Champion {
  /** A recipe's name, or `persistence`. */
  readonly contender: string
  /** The pinned version; null where the recipe's newest permitted version serves. */
  readonly pinnedVersionId: string | null
}

export const VERSION_ZERO: Champion = { contender: PERSISTENCE, pinnedVersionId: null }

/** The basis of a decision: a contender's trailing walk-forward compared with persistence. */
export interface Evaluation {
  /** Number of sessions that both contenders predicted. */
  readonly sessions: number
  /** How many of them come from the coarser backfilled walk-forward. */
  readonly backfilled: number
  /** In the symbol's currency; this and all later fields are null where `sessions` is 0. */
  readonly rmse: number | null
  readonly persistenceRmse: number | null
  /** 1 − RMSE / RMSE of persistence; null where persistence was never wrong. */
  readonly skill: number | null
  /** One-sided Diebold–Mariano test of squared errors; null where it cannot be computed. */
  readonly pValue: number | null
}

export interface NewPromotion extends Champion {
  readonly kind: PromotionKind
  readonly reason: string
  /** The first session whose forecast it decides. */
  readonly effectiveFrom: Session
  /** The evaluation behind the decision; null where a person decided. */
  readonly evaluation: Evaluation | null
}

export interface Promotion extends NewPromotion {
  readonly symbolId: number
  /** Counts up from 1 for each symbol, without gaps. */
  readonly number: number
  /** Number of the decision in force before; null for persistence from the start. */
  readonly replaces: number | null
  /** Set by a rollback: number of the decision in force again; null for persistence from the start. */
  readonly restores: number | null
  readonly at: Date
}

/** @returns the number of the decision in force after an entry; null for persistence from the start */
export function standingAfter(entry: Promotion | undefined): number | null {
  if (entry === undefined) return null
  return entry.kind === 'ROLLBACK' ? entry.restores : entry.number
}

/** Thresholds for a contender to take over, to give way, and for a version to serve. */
export interface PromotionRules {
  /** Length of the trailing walk-forward; a takeover needs all of these sessions. */
  readonly sessions: number
  /** Least skill for a takeover. */
  readonly takeoverSkill: number
  /** A takeover needs a p-value below this one. */
  readonly pValue: number
  /** A champion with a lower skill gives way. */
  readonly keepSkill: number
  /** A version does not serve if its final loss exceeds this many times the median of earlier versions. */
  readonly lossFactor: number
}

export const DEFAULT_RULES: PromotionRules = {
  sessions: 60,
  takeoverSkill: 0.01,
  pValue: 0.05,
  keepSkill: 0,
  lossFactor: 3,
}

/** Sessions that one fit serves in a backfilled walk-forward. */
export const BACKFILL_REFIT_EVERY = 20

/** The ledger has grown since a decision was made; the caller decides again. */
export class LedgerMovedError extends Error {
  override readonly name = 'LedgerMovedError'

  constructor(symbolId: number) {
    super(`the ledger of symbol ${symbolId} has a new entry`)
  }
}
