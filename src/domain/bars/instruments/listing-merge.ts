/**
 * Merges a row of a symbol master into what is stored of the instrument. A row adds what it states and never erases
 * what it leaves out, so masters of different vendors complement one another.
 *
 * Moves between markets: a row that names another market than the stored one is either an earlier stretch (it ended
 * before the stored one began, as in a list of delistings) or a move. A move happened on the row's date of listing,
 * which the exchange sets anew, or else on the date that the master is of.
 */
import type { Session } from '../../calendar/session.js'
import { defineSymbol } from '../../symbol.js'
import type { Market } from '../../symbol.js'
import type { ListedInstrument, MarketPeriod, MasterRow } from './listed-instrument.js'

/** An instrument as stored. Its market, listing and delisting are those of its periods. */
export interface Listing {
  readonly instrument: ListedInstrument
  /** Oldest first. */
  readonly periods: readonly MarketPeriod[]
}

/**
 * @param statedOn date of the master
 * @returns the listing with the row's facts, or the reason why the row contradicts it
 */
export function mergeListing(
  row: MasterRow,
  stored: Listing | undefined,
  statedOn: Session,
): Listing | { readonly refused: string } {
  const known = stored?.instrument
  if (known?.isin != null && row.isin !== null && known.isin !== row.isin) {
    return { refused: `${known.code} has the ISIN ${known.isin} here, not ${row.isin}` }
  }
  const { markets = [] } = row
  const periods = markets.length > 0 ? markets : mergePeriods(row, stored?.periods ?? [], statedOn)
  const first = periods[0]
  const last = periods.at(-1)
  return {
    periods,
    instrument: {
      code: row.code,
      kind: row.kind === 'UNKNOWN' ? (known?.kind ?? defineSymbol(row.code).kind) : row.kind,
      market: last?.market ?? null,
      nameKo: row.nameKo ?? known?.nameKo ?? null,
      nameEn: row.nameEn ?? known?.nameEn ?? null,
      isin: row.isin ?? known?.isin ?? null,
      sector: row.sector ?? known?.sector ?? null,
      listedOn: first === undefined ? (row.listedOn ?? known?.listedOn ?? null) : first.from,
      delistedOn: last === undefined ? (row.delistedOn ?? known?.delistedOn ?? null) : last.to,
    },
  }
}

/** @returns the market on a date, or null where none is on record */
export function marketOn(periods: readonly MarketPeriod[], date: Session): Market | null {
  return (
    periods.find(({ from, to }) => (from === null || from <= date) && (to === null || date < to))?.market ??
    null
  )
}

export function isSameListing(a: Listing | undefined, b: Listing): boolean {
  return a !== undefined && JSON.stringify(ordered(a)) === JSON.stringify(ordered(b))
}

function mergePeriods(
  { market, listedOn, delistedOn }: MasterRow,
  stored: readonly MarketPeriod[],
  statedOn: Session,
): readonly MarketPeriod[] {
  const last = stored.at(-1)
  if (market === null) {
    return last === undefined || delistedOn === null
      ? stored
      : [...stored.slice(0, -1), { ...last, to: delistedOn }]
  }
  if (last === undefined) return [{ market, from: listedOn, to: delistedOn }]
  if (last.market === market) {
    // A date of listing before an earlier stretch's end belongs to that stretch.
    const before = stored.at(-2)?.to ?? null
    const from = listedOn !== null && (before === null || listedOn >= before) ? listedOn : last.from
    return [...stored.slice(0, -1), { market, from, to: delistedOn ?? last.to }]
  }
  const start = last.from
  if (delistedOn !== null && (start === null || delistedOn <= start)) {
    return withEarlier(stored, { market, from: listedOn, to: delistedOn })
  }
  const moved = listedOn ?? statedOn
  if (start !== null && moved < start) return withEarlier(stored, { market, from: listedOn, to: start })
  return [
    ...stored.slice(0, -1),
    { ...last, to: last.to !== null && last.to < moved ? last.to : moved },
    { market, from: moved, to: delistedOn },
  ]
}

/** Adds a stretch that ended before the newest one, unless that market is already on record before it. */
function withEarlier(stored: readonly MarketPeriod[], earlier: MarketPeriod): readonly MarketPeriod[] {
  const last = stored.at(-1)
  const before = stored.slice(0, -1)
  if (last === undefined || before.length > 0) return stored
  return [earlier, { ...last, from: last.from ?? earlier.to }]
}

/** Keys in one order, so that their text can be compared. */
function ordered({ instrument, periods }: Listing): unknown {
  const entries = Object.entries(instrument).sort(([a], [b]) => (a < b ? -1 : 1))
  return [entries, periods.map(({ market, from, to }) => [market, from, to])]
}
