/**
 * Checks whether a delivered row is a bar, by the rules that need only the row, its symbol and the calendar. All sources
 * use them. Checks that need other rows are deferred to `db/bars/deferred-checks.ts`.
 */
import { flagBit } from './bar.js'
import type { Bar } from './bar.js'
import type { Calendar } from '../calendar/calendar.js'
import { powerOf10, withoutNoise } from './decimals.js'
import { areOffTick, areOffUnit } from './off-tick.js'
import type { PriceAdjustment } from './price-basis.js'
import { excludedRow } from './row-outcome.js'
import type { BarField, DroppedRow, RawBar, RawNumber, RejectionCode, RowProblem } from './row-outcome.js'
import { isLocalDate } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'
import type { SymbolDefinition } from '../symbol.js'
import { wholeVolume } from './whole-volume.js'

/** Checks that need other rows. The position in this list, from 1, is the number staged. */
export const DEFERRED_CHECKS = ['CLOSED_DAY', 'UNFINISHED'] as const
/**
 * `CLOSED_DAY`: there was no session. The row is dropped if it repeats the bar before, as some vendors fill holidays, and
 * rejected otherwise. `UNFINISHED`: an index without open, high and low. The row is dropped if it is the newest, of a
 * session that had not ended, and rejected otherwise.
 */
export type DeferredCheck = (typeof DEFERRED_CHECKS)[number]

export type CheckedRow =
  | { readonly kind: 'bar'; readonly bar: Bar }
  /** A row that needs a deferred check; its open, high and low may be 0 or out of order. */
  | { readonly kind: 'doubtful'; readonly bar: Bar; readonly doubt: DeferredCheck }
  | { readonly kind: 'dropped'; readonly row: DroppedRow }
  | { readonly kind: 'problems'; readonly problems: readonly RowProblem[] }

/**
 * Checks one row and removes float noise from its prices, so that vendors' floats of one price are equal. No price is
 * rounded: one that is no unit of the symbol's decimals is kept as delivered, with the flag OFF_TICK. So is an unadjusted
 * price beside the exchange's ticks.
 */
export type CheckBar = (raw: RawBar, symbol: SymbolDefinition) => CheckedRow

/** The first session of the Korea Stock Exchange. */
const FIRST_SESSION = '1956-03-03'
/** Largest volume: ML reads volumes as float64, which is exact up to here. */
const MAX_VOLUME = Number.MAX_SAFE_INTEGER
/** Share of a unit that binary fractions may add to it. */
const UNIT_NOISE = 1e-6
/** Largest price in won; no share ever traded above 10^7. */
const MAX_PRICE = 1e9
const NUMBER = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/
const PRICES = ['open', 'high', 'low', 'close'] as const
const [HALT, NO_VOLUME] = [flagBit('HALT'), flagBit('NO_VOLUME')]
const [UNCHECKED, ROUNDED] = [flagBit('UNCHECKED'), flagBit('ROUNDED')]
const OFF_TICK = flagBit('OFF_TICK')
/** Dates whose check is remembered: a market's file has each one a thousand times. Twice the sessions ever held. */
const MAX_KNOWN_DATES = 50_000

/** The result of checking a date. */
type Day =
  | { readonly kind: 'session' | 'closed'; readonly flags: number }
  | {
      readonly kind: 'refused'
      readonly code: 'INVALID_DATE' | 'NOT_CLOSED'
      readonly message: string
    }

/**
 * @param lastClosed the newest session whose bar can be final
 * @param adjustment as the source states it; only unadjusted prices lie on ticks
 */
export function createBarCheck(
  calendar: Calendar,
  lastClosed: Session,
  adjustment: PriceAdjustment = 'UNKNOWN',
): CheckBar {
  const days = new Map<string, Day>()
  const dayOf = (session: string): Day => {
    const known = days.get(session)
    if (known) return known
    if (days.size >= MAX_KNOWN_DATES) days.clear()
    const day = checkDate(session, calendar, lastClosed)
    days.set(session, day)
    return day
  }
  return (raw, symbol) => {
    const day = dayOf(raw.session)
    const checked = faultlessBar(raw, symbol, day) ?? checkRow(raw, symbol, day)
    return adjustment === 'RAW' ? withTickFlag(checked, symbol) : checked
  }
}

function withTickFlag(checked: CheckedRow, symbol: SymbolDefinition): CheckedRow {
  if (checked.kind !== 'bar' || !areOffTick(checked.bar, symbol)) return checked
  return { kind: 'bar', bar: { ...checked.bar, flags: checked.bar.flags | OFF_TICK } }
}

function checkDate(session: string, calendar: Calendar, lastClosed: Session): Day {
  if (!isLocalDate(session)) {
    const message = `"${session}" is not a date; write it as YYYY-MM-DD`
    return { kind: 'refused', code: 'INVALID_DATE', message }
  }
  if (session < FIRST_SESSION) {
    const message = `${session} is before ${FIRST_SESSION}, the exchange's first session`
    return { kind: 'refused', code: 'INVALID_DATE', message }
  }
  if (session > lastClosed) {
    const message = `${session} has not closed yet; the newest final session is ${lastClosed}`
    return { kind: 'refused', code: 'NOT_CLOSED', message }
  }
  if (!calendar.knows(session)) return { kind: 'session', flags: UNCHECKED }
  return { kind: calendar.isSession(session) ? 'session' : 'closed', flags: 0 }
}

/** Fast path: returns the bar of a row without any problem, as nearly all are; `checkRow` handles the others. */
function faultlessBar(raw: RawBar, symbol: SymbolDefinition, day: Day): CheckedRow | undefined {
  const { volume } = raw
  const { decimals } = symbol
  if (day.kind !== 'session' || typeof volume !== 'number') return undefined
  if (typeof raw.open !== 'number' || typeof raw.high !== 'number') return undefined
  if (typeof raw.low !== 'number' || typeof raw.close !== 'number') return undefined
  const open = withoutNoise(raw.open, decimals)
  const high = withoutNoise(raw.high, decimals)
  const low = withoutNoise(raw.low, decimals)
  const close = withoutNoise(raw.close, decimals)
  if (!isOrdered({ open, high, low, close }) || !(low > 0) || !(high <= MAX_PRICE)) return undefined
  if (!(volume > 0) || !(volume <= MAX_VOLUME) || volume % 1 !== 0) return undefined
  const session = raw.session as Session
  const bar = { session, open, high, low, close, volume: BigInt(volume), flags: day.flags }
  return areOffUnit(bar, symbol) ? undefined : { kind: 'bar', bar }
}

type Report = (field: BarField, code: RejectionCode, message: string) => void

function checkRow(raw: RawBar, symbol: SymbolDefinition, day: Day): CheckedRow {
  if (isNull(raw.open) && isNull(raw.high) && isNull(raw.low) && isNull(raw.close)) {
    return { kind: 'dropped', row: excludedRow(raw, 'close', 'NULL_ROW', 'the row has no prices') }
  }
  if (day.kind === 'closed' && PRICES.every((price) => isZero(raw[price])) && isZero(raw.volume)) {
    const message = `there was no session on ${raw.session}, and the row has only zeros`
    return { kind: 'dropped', row: excludedRow(raw, 'close', 'NULL_ROW', message) }
  }
  const problems: RowProblem[] = []
  const report: Report = (field, code, message) => {
    problems.push(excludedRow(raw, field, code, message))
  }
  const refused = (): CheckedRow => ({ kind: 'problems', problems })
  if (day.kind === 'refused') report('session', day.code, day.message)

  const open = numberOf(raw, 'open', report)
  const high = numberOf(raw, 'high', report)
  const low = numberOf(raw, 'low', report)
  const close = priceOf(numberOf(raw, 'close', report), 'close', symbol, report)
  const delivered = numberOf(raw, 'volume', report)
  const volume = wholeVolume(delivered) ?? delivered
  checkVolume(volume, report)
  if (problems.length > 0 || day.kind === 'refused') {
    // Report the other prices' problems too, so that one delivery shows all of them.
    for (const [field, value] of [
      ['open', open],
      ['high', high],
      ['low', low],
    ] as const) {
      if (value !== 0 || symbol.kind === 'INDEX') priceOf(value, field, symbol, report)
    }
    return refused()
  }

  const session = raw.session as Session
  const untraded = open === 0 && high === 0 && low === 0
  if (day.kind === 'closed' || (untraded && symbol.kind === 'INDEX')) {
    const doubt = day.kind === 'closed' ? 'CLOSED_DAY' : 'UNFINISHED'
    const kept = (value: number): number => withoutNoise(value, symbol.decimals)
    const prices = { open: kept(open), high: kept(high), low: kept(low), close }
    const bar = { session, ...prices, volume: BigInt(volume), flags: day.flags }
    return { kind: 'doubtful', doubt, bar: withUnitFlag(bar, symbol) }
  }
  if (untraded) {
    if (volume > 0) {
      report(
        'volume',
        'CONTRADICTORY',
        `volume ${volume} although open, high and low are 0, as without trading`,
      )
      return refused()
    }
    return { kind: 'bar', bar: withUnitFlag(flatBar(session, close, day.flags | HALT), symbol) }
  }

  const bar = {
    session,
    open: priceOf(open, 'open', symbol, report),
    high: priceOf(high, 'high', symbol, report),
    low: priceOf(low, 'low', symbol, report),
    close,
    volume: BigInt(volume),
  }
  const isRounded = isOrderedWithinRounding(bar, symbol)
  if (problems.length === 0 && !isRounded) checkOrder(bar, report)
  if (problems.length > 0) return refused()
  const flags = day.flags | tradeFlags(bar, symbol) | (isRounded && !isOrdered(bar) ? ROUNDED : 0)
  return { kind: 'bar', bar: withUnitFlag({ ...bar, flags }, symbol) }
}

function withUnitFlag(bar: Bar, symbol: SymbolDefinition): Bar {
  return areOffUnit(bar, symbol) ? { ...bar, flags: bar.flags | OFF_TICK } : bar
}

type Prices = Pick<Bar, 'open' | 'high' | 'low' | 'close'>

function isOrdered({ open, high, low, close }: Prices): boolean {
  return low <= open && open <= high && low <= close && close <= high
}

/**
 * Whether the prices are in order once high and low are widened by one unit of the symbol's decimals. A vendor that
 * divides prices by a split's ratio and rounds each by itself may give a close of 3,900 above a high of 3,899.
 */
function isOrderedWithinRounding(
  { open, high, low, close }: Prices,
  { decimals }: SymbolDefinition,
): boolean {
  // Fractions of an index are not exact. Those of a share must not pass: the database checks its unit exactly.
  const unit = decimals === 0 ? 1 : (1 + UNIT_NOISE) / powerOf10(decimals)
  return Math.max(open, low, close) <= high + unit && Math.min(open, high, close) >= low - unit
}

/**
 * Returns the flag of a bar without volume. A share's flat bar is a halted session, however the vendor writes it. Where
 * prices moved, or for an index, the volume is missing: Yahoo has none for the KOSPI in 1997.
 */
function tradeFlags(
  { open, high, low, close, volume }: Omit<Bar, 'flags'>,
  symbol: SymbolDefinition,
): number {
  if (volume > 0n) return 0
  const flat = open === close && high === close && low === close
  return flat && symbol.kind !== 'INDEX' ? HALT : NO_VOLUME
}

function flatBar(session: Session, close: number, flags: number): Bar {
  return { session, open: close, high: close, low: close, close, volume: 0n, flags }
}

function isNull(value: RawNumber): boolean {
  return value === undefined || value === ''
}

function isZero(value: RawNumber): boolean {
  return isNull(value) || (Number(value) === 0 && String(value).trim() !== '')
}

function numberOf(raw: RawBar, field: 'open' | 'high' | 'low' | 'close' | 'volume', report: Report): number {
  const value = raw[field]
  if (typeof value === 'number' && Number.isFinite(value)) return value
  if (value === undefined || value === '') {
    report(field, 'MISSING', `${field} is missing`)
    return Number.NaN
  }
  const parsed = typeof value === 'string' && !NUMBER.test(value) ? Number.NaN : Number(value)
  if (Number.isFinite(parsed)) return parsed
  report(field, 'NOT_A_NUMBER', `${field} "${String(value)}" is not a finite number`)
  return Number.NaN
}

/** Removes float noise from a price and checks it. NaN stays NaN: `numberOf` has reported it. */
function priceOf(
  value: number,
  field: 'open' | 'high' | 'low' | 'close',
  { decimals }: SymbolDefinition,
  report: Report,
): number {
  const kept = withoutNoise(value, decimals)
  if (kept <= 0) report(field, 'NOT_POSITIVE', `${field} ${value} is not a positive price`)
  else if (kept > MAX_PRICE) report(field, 'TOO_LARGE', `${field} ${value} is above ${MAX_PRICE}`)
  return kept
}

function checkOrder({ open, high, low, close }: Omit<Bar, 'flags'>, report: Report): void {
  if (low > high) {
    report('low', 'CONTRADICTORY', `low ${low} is above high ${high}`)
    return
  }
  if (open > high) report('open', 'CONTRADICTORY', `open ${open} is above high ${high}`)
  if (open < low) report('open', 'CONTRADICTORY', `open ${open} is below low ${low}`)
  if (close > high) report('close', 'CONTRADICTORY', `close ${close} is above high ${high}`)
  if (close < low) report('close', 'CONTRADICTORY', `close ${close} is below low ${low}`)
}

function checkVolume(volume: number, report: Report): void {
  if (volume < 0) report('volume', 'NEGATIVE', `volume ${volume} is negative`)
  else if (volume > MAX_VOLUME) report('volume', 'TOO_LARGE', `volume ${volume} is above ${MAX_VOLUME}`)
  else if (volume % 1 !== 0 && !Number.isNaN(volume)) {
    report('volume', 'NOT_A_NUMBER', `volume ${volume} is not a whole number of shares`)
  }
}
