/**
 * Listed instruments: what a symbol master says about one. Masters are lists that people import, and the listings
 * that a provider returns.
 */
import { isSimulatedCode } from '../../symbol.js'
import type { Market, SymbolKind } from '../../symbol.js'
import { indexOfCode } from '../../indices.js'
import { isLocalDate } from '../../calendar/session.js'
import type { Session } from '../../calendar/session.js'
import { isinProblem, shortCodeOf } from './isin.js'
import { readSymbolCode, symbolCodeProblem } from './symbol-code.js'

/** One row of a master. Null where the master does not say. */
export interface ListedInstrument {
  /** Six-character short code. */
  readonly code: string
  /** `UNKNOWN` where the master does not say. */
  readonly kind: SymbolKind
  readonly market: Market | null
  readonly nameKo: string | null
  readonly nameEn: string | null
  readonly isin: string | null
  readonly sector: string | null
  readonly listedOn: Session | null
  /** The first date on which it is no longer listed. */
  readonly delistedOn: Session | null
}

/** A stretch of time in which an instrument was listed on one market. */
export interface MarketPeriod {
  readonly market: Market
  /** First date; null where it is not on record. */
  readonly from: Session | null
  /** First date on another market, or delisted; null while it lasts. */
  readonly to: Session | null
}

/** A row of a master as delivered. */
export interface MasterRow extends ListedInstrument {
  /** Row number in the delivery; the first row of data is 1. */
  readonly row: number
  /** Every market it was on, oldest first; absent where the master names one market. */
  readonly markets?: readonly MarketPeriod[]
}

/** Longer than any name or sector on the exchange. */
export const MAX_NAME_LENGTH = 200
/** Most markets of one instrument: it moves rarely, and there are three. */
export const MAX_MARKET_PERIODS = 20

/** Why a row of a master cannot be stored, or undefined where it can; its code is read as everywhere else. */
export function masterRowProblem(row: MasterRow): string | undefined {
  const problem = symbolCodeProblem(row.code)
  if (problem !== undefined) return problem
  const code = readSymbolCode(row.code) ?? row.code
  if (indexOfCode(code) !== undefined || isSimulatedCode(code) || row.kind === 'INDEX') {
    return `${code} is an index, which is known by name; leave it out`
  }
  return textProblem(row) ?? isinMismatch(code, row.isin) ?? datesProblem(row) ?? periodsProblem(row)
}

function textProblem({ nameKo, nameEn, sector }: MasterRow): string | undefined {
  const tooLong = Object.entries({ nameKo, nameEn, sector }).find(
    ([, text]) => (text?.length ?? 0) > MAX_NAME_LENGTH,
  )
  return tooLong && `${tooLong[0]} has more than ${MAX_NAME_LENGTH} characters`
}

function isinMismatch(code: string, isin: string | null): string | undefined {
  if (isin === null) return undefined
  const problem = isinProblem(isin)
  if (problem !== undefined) return `"${isin}" is not a valid ISIN: ${problem}`
  const own = shortCodeOf(isin)
  return own === undefined || own === code ? undefined : `the ISIN ${isin} is that of ${own}`
}

function datesProblem({ listedOn, delistedOn }: MasterRow): string | undefined {
  const problem = dateProblem(listedOn) ?? dateProblem(delistedOn)
  if (problem !== undefined) return problem
  if (listedOn === null || delistedOn === null || listedOn < delistedOn) return undefined
  return `it was delisted on ${delistedOn}, not after its listing on ${listedOn}`
}

function dateProblem(date: string | null): string | undefined {
  return date === null || isLocalDate(date) ? undefined : `"${date}" is not a date; write it as YYYY-MM-DD`
}

function periodsProblem({ markets = [] }: MasterRow): string | undefined {
  if (markets.length > MAX_MARKET_PERIODS) return `more than ${MAX_MARKET_PERIODS} markets are named`
  for (const [at, { market, from, to }] of markets.entries()) {
    const problem = dateProblem(from) ?? dateProblem(to)
    if (problem !== undefined) return problem
    if (from !== null && to !== null && from >= to) return `its time on ${market} ends before it begins`
    const before = markets[at - 1]
    if (before === undefined) continue
    if (before.to === null || from === null || before.to > from) {
      return `its times on ${before.market} and ${market} overlap; name them oldest first, with the date of the move`
    }
  }
  return undefined
}
