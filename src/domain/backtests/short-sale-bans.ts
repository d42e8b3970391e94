/**
 * Short-sale bans: when the exchange accepted no short sales, and of which instruments.
 *
 * - 2008-10-01 to 2009-05-31: of all shares. From 2009-06-01 on of financial shares only (FSC, "Short selling financial
 *   stocks to be permitted", 2013-11-13, financialservicescommission.wordpress.com; Securities Finance Times,
 *   2011-08-10).
 * - 2011-08-10 to 2011-11-09: of all shares; from 2011-11-10 on of financial shares only (FSC, press release 21973,
 *   2011-11-08, fsc.go.kr), until 2013-11-13 (FSC, 2013-11-13, as above).
 * - 2020-03-16 to 2021-05-02: of everything on the KOSPI, KOSDAQ and KONEX (FSC, press release 22322, 2020-03-13;
 *   22494, 2020-08-27; Reuters, 2021-02-03). Reuters of 2021-01-12 gives 2020-03-13, the day of the decision. From
 *   2021-05-03 on members of the KOSPI 200 and KOSDAQ 150 were permitted (KBS, 2021-05-03).
 * - 2023-11-06 to 2025-03-30: of everything, funds and notes too (FSC, 2023-11-05, in Bae, Kim & Lee, newsletter 5503;
 *   extended by the FSC on 2024-06-13, Solutions Atlantic). It ended on 2025-03-31 (JoongAng Daily, 2025-03-21).
 *
 * A ban is of new short sales; a short position may stay, and may be bought back. Market makers were exempt, which no
 * strategy here is. An index is not sold itself: a future stands for it, and futures were never banned.
 *
 * Which shares were financial, and which were members of the indices, changes by date and is not on record here. A list
 * of the permitted shares is a file that a user brings; see `short-sale-file.ts`.
 */
import type { Session } from '../calendar/session.js'
import type { TradedInstrument } from './traded-instrument.js'

/** `LISTED`: permitted for the shares of a list only. `SHARES_LISTED`: the same, and for funds and notes without one. */
type Permission = 'NOTHING' | 'LISTED' | 'SHARES_LISTED'

interface ShortSaleBan {
  readonly from: string
  /** The last day. */
  readonly to: string
  readonly permits: Permission
}

const SHORT_SALE_BANS: readonly ShortSaleBan[] = [
  { from: '2008-10-01', to: '2009-05-31', permits: 'NOTHING' },
  { from: '2009-06-01', to: '2011-08-09', permits: 'SHARES_LISTED' },
  { from: '2011-08-10', to: '2011-11-09', permits: 'NOTHING' },
  { from: '2011-11-10', to: '2013-11-13', permits: 'SHARES_LISTED' },
  { from: '2020-03-16', to: '2021-05-02', permits: 'NOTHING' },
  { from: '2021-05-03', to: '2023-11-05', permits: 'LISTED' },
  { from: '2023-11-06', to: '2025-03-30', permits: 'NOTHING' },
]

/** A period of days; null is an open end. */
export interface PermittedPeriod {
  readonly from: Session
  readonly to: Session | null
}

/** What a list of permitted shares states about one instrument. */
export interface ShortSalePermits {
  readonly permitted: readonly PermittedPeriod[]
  /** The first days of the partial bans that the list states nothing about, for any share. */
  readonly unlisted: readonly string[]
}

/** Returns the first days of the partial bans that none of the periods touches. */
export function bansWithoutList(periods: Iterable<PermittedPeriod>): readonly string[] {
  const all = [...periods]
  return SHORT_SALE_BANS.filter(({ permits }) => permits !== 'NOTHING')
    .filter((ban) => !all.some(({ from, to }) => from <= ban.to && (to === null || to >= ban.from)))
    .map(({ from }) => from)
}

/** Where no list was brought. */
export const NO_PERMITS: ShortSalePermits = { permitted: [], unlisted: bansWithoutList([]) }

/**
 * Returns why a short sale was not allowed in the session; null where it was. `NO_SHORT_LIST`: it was allowed for some
 * shares, and no list states for which.
 */
export function shortSaleRefusal(
  { kind }: Pick<TradedInstrument, 'kind'>,
  { permitted, unlisted }: ShortSalePermits,
  session: Session,
): 'BANNED' | 'NO_SHORT_LIST' | null {
  if (kind === 'INDEX') return null
  const ban = SHORT_SALE_BANS.find(({ from, to }) => session >= from && session <= to)
  if (ban === undefined) return null
  if (ban.permits === 'NOTHING') return 'BANNED'
  if (ban.permits === 'SHARES_LISTED' && (kind === 'ETF' || kind === 'ETN')) return null
  if (unlisted.includes(ban.from)) return 'NO_SHORT_LIST'
  return permitted.some(({ from, to }) => session >= from && (to === null || session <= to)) ? null : 'BANNED'
}
