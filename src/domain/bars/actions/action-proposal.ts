/**
 * Proposes a corporate action for a break: where the price after it is a simple ratio of the price before it, a split or a
 * consolidation is the likely cause. A proposal has no effect until a person confirms it.
 *
 * A split's new base price is the last close times its ratio, and the first open trades near it. Evidence is the open, and
 * the close within the daily limit of the ratio. The exchange halts a share around a split, so without a halt before the
 * break the open has to lie nearer.
 */
import type { Session } from '../../calendar/session.js'
import type { ActionKind } from './corporate-action.js'
import { dayNumber } from '../../calendar/session.js'
import { seamEvidence } from './series-break.js'
import type { PricedClose, SeriesRules } from './series-break.js'

/** Old shares to new ones, or the reverse; the simple ratios lie at least 18 % apart. */
const SIMPLE_RATIOS = [2, 3, 4, 5, 8, 10, 15, 20, 25, 30, 40, 50, 100] as const
/** Largest distance of the open from the new base price, as a fraction. */
const NEAR_AFTER_HALT = 0.09
const NEAR = 0.03
/** A weekend apart at most; a share whose halted sessions are missing has a longer gap. */
const DAYS_OF_A_WEEKEND = 4

export interface BreakBars {
  readonly before: PricedClose & { readonly volume: number }
  readonly after: PricedClose & { readonly open: number }
}

export interface ProposedAction {
  readonly session: Session
  readonly kind: Extract<ActionKind, 'SPLIT' | 'CONSOLIDATION'>
  readonly ratio: number
  readonly note: string
}

/** @returns undefined where no simple ratio explains the break */
export function proposeAction(rules: SeriesRules, { before, after }: BreakBars): ProposedAction | undefined {
  if (rules.kind === 'INDEX') return undefined
  const wasHalted =
    before.volume === 0 || dayNumber(after.session) - dayNumber(before.session) > DAYS_OF_A_WEEKEND
  const near = wasHalted ? NEAR_AFTER_HALT : NEAR
  const [best] = SIMPLE_RATIOS.flatMap((shares) => [1 / shares, shares])
    .map((ratio) => ({ ratio, distance: Math.abs(after.open / (before.close * ratio) - 1) }))
    .sort((one, other) => one.distance - other.distance)
  if (!best || best.distance > near || seamEvidence(rules, before, after, best.ratio) !== 'RAW')
    return undefined
  const { ratio } = best
  const isSplit = ratio < 1
  const shares = Math.round(isSplit ? 1 / ratio : ratio)
  return {
    session: after.session,
    kind: isSplit ? 'SPLIT' : 'CONSOLIDATION',
    ratio,
    note:
      `close ${before.close} on ${before.session}, open ${after.open} on ${after.session}` +
      `${wasHalted ? ' after a halt' : ''}: ${isSplit ? `one share into ${shares}` : `${shares} shares into one`}?`,
  }
}
