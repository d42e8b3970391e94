/**
 * The ledger of who serves: an append-only chain of entries for each symbol, under which persistence is version 0.
 *
 * Decisions lie on each other like a pile. A takeover, a giving way and a pin each put a decision on top; a rollback takes
 * the top one off, so that what stood before stands again. Every entry carries what serves from then on, so that "who
 * served on a date" is the newest entry that was in force by then.
 */
import { PERSISTENCE } from '../models/recipe.js'
import type { Session } from '../calendar/session.js'

/**
 * `TAKEOVER`: a recipe has beaten persistence. `GIVE_WAY`: it no longer does, and persistence serves again. `PIN`:
 * somebody had one version serve until it is rolled back. `ROLLBACK`: somebody took the decision before it back.
 */
export const PROMOTION_KINDS = ['TAKEOVER', 'GIVE_WAY', 'PIN', 'ROLLBACK'] as const
export type PromotionKind = (typeof PROMOTION_KINDS)[number]

/** Who serves. */
export interface Champion {
  /** A recipe's name, or `persistence`. */
  readonly contender: string
  /** The one version that serves; null where it is the recipe's newest that may. */
  readonly pinnedVersionId: string | null
}

export const VERSION_ZERO: Champion = { contender: PERSISTENCE, pinnedVersionId: null }

/** What a decision rests on: a contender's trailing walk-forward beside persistence. */
export interface Evaluation {
  /** The sessions that it speaks of; those that both contenders have said something about. */
  readonly sessions: number
  /** Of those, the ones made up for by a coarser walk-forward. */
  readonly backfilled: number
  /** In the symbol's currency; null without a session, like all that follows. */
  readonly rmse: number | null
  readonly persistenceRmse: number | null
  /** 1 − RMSE / RMSE of persistence; null where persistence was never wrong. */
  readonly skill: number | null
  /** One-sided Diebold–Mariano test of squared errors; null where it could not be made. */
  readonly pValue: number | null
}

export interface NewPromotion extends Champion {
  readonly kind: PromotionKind
  readonly reason: string
  /** The first session whose forecast it decides. */
  readonly effectiveFrom: Session
  /** Null where a person decided. */
  readonly evaluation: Evaluation | null
}

export interface Promotion extends NewPromotion {
  readonly symbolId: number
  /** Counts up from 1 for each symbol, without gaps. */
  readonly number: number
  /** The decision that stood before; null for persistence from the start. */
  readonly replaces: number | null
  /** Of a rollback: the decision that stands again; null for persistence from the start, and for other kinds. */
  readonly restores: number | null
  readonly at: Date
}

/** The number of the decision that stands after an entry; null for persistence from the start. */
export function standingAfter(entry: Promotion | undefined): number | null {
  if (entry === undefined) return null
  return entry.kind === 'ROLLBACK' ? entry.restores : entry.number
}

/** When a contender takes over, and when it gives way. */
export interface PromotionRules {
  /** The trailing walk-forward's length, and what a takeover needs of it. */
  readonly sessions: number
  /** A takeover needs this skill. */
  readonly takeoverSkill: number
  /** A takeover needs a p-value below this. */
  readonly pValue: number
  /** A champion whose skill is lower gives way. */
  readonly keepSkill: number
  /** A version whose final loss is more than so many times the median of those before it does not serve. */
  readonly lossFactor: number
}

export const DEFAULT_RULES: PromotionRules = {
  sessions: 60,
  takeoverSkill: 0.01,
  pValue: 0.05,
  keepSkill: 0,
  lossFactor: 3,
}

/** Sessions that one fit serves where a walk-forward is made up for. */
export const BACKFILL_REFIT_EVERY = 20

/** A decision rests on a ledger that has grown since: it is to be made again. */
export class LedgerMovedError extends Error {
  override readonly name = 'LedgerMovedError'

  constructor(symbolId: number) {
    super(`the ledger of symbol ${symbolId} has a new entry`)
  }
}
