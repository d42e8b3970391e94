/** What makes a delivered row a bar: the rules that every source of bars goes through. */
import { flagBit } from './bar.js'
import { readable } from './readable.js'
import type { Bar } from './bar.js'
import { isLocalDate } from './session.js'
import type { Session } from './session.js'
import type { SymbolDefinition } from './symbol.js'

/** A row as delivered; text where it came from a file. */
export interface RawBar {
  /** Row number in the delivery, the first row of data being 1. */
  readonly row: number
  readonly symbol: string
  readonly session: string
  readonly open: RawNumber
  readonly high: RawNumber
  readonly low: RawNumber
  readonly close: RawNumber
  readonly volume: RawNumber
}
export type RawNumber = string | number | bigint | undefined

export const ROW_PROBLEM_CODES = [
  'INVALID_SYMBOL',
  'INVALID_DATE',
  'NOT_CLOSED',
  'MISSING',
  'NOT_A_NUMBER',
  'NOT_POSITIVE',
  'NEGATIVE',
  'TOO_LARGE',
  'CONTRADICTORY',
  'DUPLICATE_SESSION',
  'CONFLICT',
] as const
export type RowProblemCode = (typeof ROW_PROBLEM_CODES)[number]

export const BAR_FIELDS = ['symbol', 'session', 'open', 'high', 'low', 'close', 'volume'] as const
export type BarField = (typeof BAR_FIELDS)[number]

/** Why one field of one row cannot be stored. */
export interface RowProblem {
  readonly row: number
  readonly symbol: string
  readonly session: string
  readonly field: BarField
  /** The offending value as delivered. */
  readonly value: string
  readonly code: RowProblemCode
  readonly message: string
}

export type CheckedRow =
  | { readonly kind: 'bar'; readonly bar: Bar }
  | { readonly kind: 'problems'; readonly problems: readonly RowProblem[] }

/** The Korea Stock Exchange held its first session on this day. */
const FIRST_SESSION = '1956-03-03'
/** Largest volume: ML reads volumes as float64, which is exact up to here. */
const MAX_VOLUME = Number.MAX_SAFE_INTEGER
/** Largest price in won; the dearest share ever traded stood below 10^7. */
const MAX_PRICE = 1e9
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/
const HALT = flagBit('HALT')

/**
 * Checks one row against the rules and keeps its prices to the symbol's decimals, so that two vendors'
 * rounding of one price is one price. A share's row of open = high = low = 0 with a close is a halted
 * session: a flat bar without volume, flagged.
 *
 * @param lastClosed the newest session whose bar can be final
 */
export function checkBar(raw: RawBar, symbol: SymbolDefinition, lastClosed: Session): CheckedRow {
  const problems: RowProblem[] = []
  const report: Report = (field, code, message) => {
    problems.push(rowProblem(raw, field, code, message))
  }

  const { session } = raw
  if (!isLocalDate(session)) {
    report('session', 'INVALID_DATE', `"${session}" is not a date; write it as YYYY-MM-DD`)
  } else if (session < FIRST_SESSION) {
    report('session', 'INVALID_DATE', `${session} lies before the exchange opened on ${FIRST_SESSION}`)
  } else if (session > lastClosed) {
    report(
      'session',
      'NOT_CLOSED',
      `${session} has not closed yet; the newest final session is ${lastClosed}`,
    )
  }

  const number = (field: 'open' | 'high' | 'low' | 'close' | 'volume'): number => {
    const value = raw[field]
    if (value === undefined || value === '') {
      report(field, 'MISSING', `${field} is missing`)
      return Number.NaN
    }
    const parsed = typeof value === 'string' && !NUMBER.test(value) ? Number.NaN : Number(value)
    if (Number.isFinite(parsed)) return parsed
    report(field, 'NOT_A_NUMBER', `${field} "${String(value)}" is not a finite number`)
    return Number.NaN
  }
  const given = { open: number('open'), high: number('high'), low: number('low'), close: number('close') }
  const volume = number('volume')

  const price = (field: 'open' | 'high' | 'low' | 'close'): number => {
    const kept = toDecimals(given[field], symbol.decimals)
    if (Number.isNaN(kept)) return kept
    if (kept <= 0) report(field, 'NOT_POSITIVE', `${field} ${given[field]} is not a positive price`)
    else if (kept > MAX_PRICE) report(field, 'TOO_LARGE', `${field} ${given[field]} is above ${MAX_PRICE}`)
    return kept
  }
  const halted = symbol.kind === 'SHARE' && given.open === 0 && given.high === 0 && given.low === 0
  if (halted && given.close > 0) {
    const close = price('close')
    checkVolume(volume, report)
    if (volume > 0)
      report('volume', 'CONTRADICTORY', `volume ${volume} where open, high and low say that none traded`)
    if (problems.length > 0) return { kind: 'problems', problems }
    return {
      kind: 'bar',
      bar: {
        session: session as Session,
        open: close,
        high: close,
        low: close,
        close,
        volume: 0n,
        flags: HALT,
      },
    }
  }
  const open = price('open')
  const high = price('high')
  const low = price('low')
  const close = price('close')
  checkVolume(volume, report)

  if (problems.length === 0) {
    if (low > high) report('low', 'CONTRADICTORY', `low ${low} is above high ${high}`)
    else {
      for (const [field, value] of [
        ['open', open],
        ['close', close],
      ] as const) {
        if (value > high) report(field, 'CONTRADICTORY', `${field} ${value} is above high ${high}`)
        if (value < low) report(field, 'CONTRADICTORY', `${field} ${value} is below low ${low}`)
      }
    }
  }
  if (problems.length > 0) return { kind: 'problems', problems }
  return {
    kind: 'bar',
    bar: { session: session as Session, open, high, low, close, volume: BigInt(volume), flags: 0 },
  }
}

/** The problem with what was delivered made readable. */
export function rowProblem(raw: RawBar, field: BarField, code: RowProblemCode, message: string): RowProblem {
  return {
    row: raw.row,
    symbol: readable(raw.symbol),
    session: readable(raw.session),
    field,
    value: readable(String(raw[field] ?? '')),
    code,
    message: readable(message),
  }
}

type Report = (field: BarField, code: RowProblemCode, message: string) => void

function checkVolume(volume: number, report: Report): void {
  if (volume < 0) report('volume', 'NEGATIVE', `volume ${volume} is negative`)
  else if (volume > MAX_VOLUME) report('volume', 'TOO_LARGE', `volume ${volume} is above ${MAX_VOLUME}`)
  else if (volume % 1 !== 0 && !Number.isNaN(volume)) {
    report('volume', 'NOT_A_NUMBER', `volume ${volume} is not a whole number of shares`)
  }
}

/** A positive price rounded half up to `decimals`. */
export function toDecimals(price: number, decimals: number): number {
  // Parsed, since a power's bits are up to the implementation.
  const factor = Number(`1e${decimals}`)
  return Math.round(price * factor) / factor
}
