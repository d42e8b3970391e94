/**
 * Decides whether the closes of a delivery may join those of a symbol. All closes of a symbol from the first
 * after-market on have one basis (`price-basis.ts`):
 *
 * the same known basis ───────────────────────── joins
 * unknown on either side, 20 closes agree ────── joins, and the known basis holds for both
 * unknown on both sides, same kind of source ─── joins
 * known over unknown, every stored bar covered ─ replaces
 * anything else ──────────────────────────────── refused, or replaces where the caller asks for it and every stored bar
 *                                                is covered
 */
import { AFTER_MARKET_FROM } from './price-basis.js'
import type { TradingHoursBasis } from './price-basis.js'

/** Fewest overlapping closes that show that two sources mean the same close. */
export const MIN_AGREEING_CLOSES = 20

/** A symbol's stored bars of sessions with an after-market, compared with the delivered ones. */
export interface KeptBars {
  /** Number of stored bars. */
  readonly bars: number
  /** How many of them the delivery has, too. */
  readonly covered: number
  /** How many of those had trading in both. */
  readonly compared: number
  /** How many of the compared closes differ by more than rounding. */
  readonly differing: number
  /** Stored bars of a higher rank than the delivery. */
  readonly outranked: number
  /** Whether a delivery of the same kind of source brought one of them. */
  readonly sameKind: boolean
}

export type BasisDecision =
  | { readonly kind: 'join' | 'replace'; readonly closeBasis: TradingHoursBasis }
  | { readonly kind: 'refuse'; readonly message: string }

export interface BasisQuestion {
  readonly symbol: string
  /** The basis that the delivery states. */
  readonly given: TradingHoursBasis
  /** The symbol's basis; null where it has no such bar yet. */
  readonly kept: TradingHoursBasis | null
  /** The basis that the symbol shall have where there is a choice; undefined leaves it to the delivery. */
  readonly wanted?: TradingHoursBasis | undefined
  readonly stored: KeptBars
  readonly replaceBasis: boolean
}

const NAMES: Readonly<Record<TradingHoursBasis, string>> = {
  REGULAR: 'of the regular session (15:30)',
  EXTENDED: 'of the extended hours (20:00)',
  UNKNOWN: 'of hours that the source does not state',
}

export function decideCloseBasis(question: BasisQuestion): BasisDecision {
  const { symbol, given, kept, wanted, stored, replaceBasis } = question
  if (stored.bars === 0 || kept === null) {
    if (wanted === undefined || wanted === given || given === 'UNKNOWN')
      return { kind: 'join', closeBasis: given }
    const message =
      `the closes delivered for ${symbol} from ${AFTER_MARKET_FROM} on are ${NAMES[given]}, and its chain of providers ` +
      `also has a source of closes ${NAMES[wanted]}; wait for that one, or leave it out of PROVIDERS`
    return { kind: 'refuse', message }
  }
  if (given === kept && given !== 'UNKNOWN') return { kind: 'join', closeBasis: given }
  const isUnknown = given === 'UNKNOWN' || kept === 'UNKNOWN'
  if (isUnknown && stored.differing === 0 && stored.compared >= MIN_AGREEING_CLOSES) {
    return { kind: 'join', closeBasis: given === 'UNKNOWN' ? kept : given }
  }
  if (given === kept && stored.sameKind) return { kind: 'join', closeBasis: given }
  const isWhole = stored.covered === stored.bars
  const isWanted = wanted === undefined || wanted === given
  const resolves = kept === 'UNKNOWN' && given !== 'UNKNOWN' && stored.outranked === 0
  // What replaces a stated basis has to be stated: otherwise 20:00 could become 15:30 by way of unknown.
  const isStated = given !== 'UNKNOWN'
  if (isWhole && isWanted && isStated && (replaceBasis || resolves))
    return { kind: 'replace', closeBasis: given }
  return { kind: 'refuse', message: refusal(question, kept, isUnknown) }
}

function refusal(
  { symbol, given, stored, replaceBasis }: BasisQuestion,
  kept: TradingHoursBasis,
  isUnknown: boolean,
): string {
  const { bars, covered, compared, differing } = stored
  const found =
    `the closes delivered for ${symbol} from ${AFTER_MARKET_FROM} on are ${NAMES[given]}, and its ${bars} stored ones ` +
    `are ${NAMES[kept]}`
  const evidence = isUnknown
    ? `; ${compared} closes can be compared and ${differing} of them differ, but ${MIN_AGREEING_CLOSES} must agree to ` +
      'show that both are the same'
    : ''
  const state = given === 'UNKNOWN' ? 'state the basis of the delivery (closeBasis, --close-basis), ' : ''
  const same = isUnknown ? `deliver ${MIN_AGREEING_CLOSES} sessions that are stored as well, ` : ''
  const whole = `every stored session from ${AFTER_MARKET_FROM} on`
  const replace =
    replaceBasis && given !== 'UNKNOWN'
      ? `deliver ${whole} to replace them all (it has ${covered} of ${bars})`
      : `replace ${whole} (replaceBasis: true, --replace-basis)`
  const deliver = isUnknown ? '' : `deliver closes ${NAMES[kept]}, `
  return `${found}${evidence}; ${deliver}${state}${same}or ${replace}`
}
