/**
 * Corporate actions: events that change the meaning of a share's price, such as a split.
 *
 * Bars are stored as delivered. An action stands beside them with its ratio, and the adjusted series is computed from
 * both when it is read. Only confirmed actions have an effect; a proposed one waits for a person.
 */
import type { Session } from '../../calendar/session.js'

export const ACTION_KINDS = [
  'SPLIT',
  'CONSOLIDATION',
  'BONUS',
  'RIGHTS',
  'MERGER',
  'SPIN_OFF',
  'CAPITAL_REDUCTION',
  'LISTING',
  'LIQUIDATION',
  'OTHER',
] as const
/**
 * `LISTING`: the first session of a listing, which has a price limit of its own. `LIQUIDATION`: the first session of the
 * trading before a delisting, which has no price limit.
 */
export type ActionKind = (typeof ACTION_KINDS)[number]

export const ACTION_STATES = ['PROPOSED', 'CONFIRMED', 'DISMISSED'] as const
/** `PROPOSED`: recognised from the bars. `CONFIRMED`: delivered, or confirmed by a person. `DISMISSED`: by a person. */
export type ActionState = (typeof ACTION_STATES)[number]

/** An action's identity: a symbol has at most one of a kind in a session. */
export interface ActionKey {
  /** The first session at the new price. */
  readonly session: Session
  readonly kind: ActionKind
}

/** An action as a source or a person states it. */
export interface StatedAction extends ActionKey {
  /** New price over old price, 0.02 after a split of one share into fifty; null where the action has none. */
  readonly ratio: number | null
  readonly state: ActionState
  /** Where it comes from, as `source:label`. */
  readonly source: string
  /** Why it was added, confirmed or dismissed, or what it was recognised from. */
  readonly note: string | null
}

export interface CorporateAction extends StatedAction {
  /**
   * Whether the stored bars before it have prices from before the action, so that reading adjusted prices multiplies them
   * by the ratio. Decided by the move across it: see `seamEvidence`.
   */
  readonly applied: boolean
  /** The data version from which it stands in this form. */
  readonly dataVersion: number
  readonly knownAt: Date
}

/** The fields of an action that decide prices and breaks. */
export type SeriesAction = Pick<CorporateAction, 'session' | 'kind' | 'ratio' | 'applied'>

/** Ratios of real actions lie well inside. */
export const [MIN_RATIO, MAX_RATIO] = [1e-4, 1e4]

/** Most actions of one symbol, of all states; more are refused. */
export const MAX_ACTIONS = 500

/** @returns the product of the applied ratios of the actions after `after`, up to `to` if given */
export function ratioBetween(actions: readonly SeriesAction[], after: Session, to: Session | null): number {
  let product = 1
  for (const { session, ratio, applied } of actions) {
    if (applied && ratio !== null && session > after && (to === null || session <= to)) product *= ratio
  }
  return product
}
