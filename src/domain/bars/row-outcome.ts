/**
 * Row outcomes: what happens to a delivered row, and why.
 *
 * stored, with or without flags ── it is new, or corrects a bar
 * unchanged ────────────────────── it equals the stored bar
 * dropped ──────────────────────── known vendor dirt; listed, but not an error
 * rejected ─────────────────────── it contradicts itself, another row or the calendar; by default, one such row
 *                                  refuses the whole delivery
 */
import { sanitizeText } from '../sanitize-text.js'
import type { BarColumn } from './bar.js'

/** A number as delivered; text if it comes from a file. */
export type RawNumber = string | number | bigint | undefined

/** A row as delivered. */
export interface RawBar extends Readonly<Record<BarColumn, RawNumber>> {
  /** Row number in the delivery; the first row of data is 1. */
  readonly row: number
  readonly symbol: string
  readonly session: string
  /**
   * Precision of the volume, in shares: 10,000 for `350.94M`. Two volumes that differ by less count as equal. 1 or
   * undefined for an exact volume.
   */
  readonly volumeStep?: number | undefined
  /** Why the row is wrong, where its source already knows. */
  readonly fault?: RowFault | undefined
}

/** What only the source of a row can see, such as a volume in another unit than that of the rest of its file. */
export interface RowFault {
  readonly field: BarField
  readonly code: RejectionCode
  readonly message: string
}

const REJECTION_CODES = [
  'INVALID_SYMBOL',
  'INVALID_DATE',
  'NOT_CLOSED',
  'CLOSED_DAY',
  'MISSING',
  'NOT_A_NUMBER',
  'NOT_POSITIVE',
  'NEGATIVE',
  'TOO_LARGE',
  'CONTRADICTORY',
  'DUPLICATE_SESSION',
  'BACK_ADJUSTMENT',
  'VOLUME_SCALE',
  'PRICE_BASIS',
] as const
export type RejectionCode = (typeof REJECTION_CODES)[number]

const DROP_CODES = ['NULL_ROW', 'UNFINISHED', 'DUPLICATE', 'HOLIDAY_REPEAT', 'OUTRANKED'] as const
export type DropCode = (typeof DROP_CODES)[number]

/** Codes that only rows of earlier releases have. */
const FORMER_CODES = ['CONFLICT'] as const

export const ROW_CODES = [...REJECTION_CODES, ...DROP_CODES, ...FORMER_CODES] as const
export type RowCode = (typeof ROW_CODES)[number]

export const ROW_OUTCOMES = ['REJECTED', 'DROPPED'] as const
/** `REJECTED`: the row is wrong. `DROPPED`: it is known dirt. */
export type RowOutcome = (typeof ROW_OUTCOMES)[number]

export const BAR_FIELDS = ['symbol', 'session', 'open', 'high', 'low', 'close', 'volume'] as const
export type BarField = (typeof BAR_FIELDS)[number]

/** The reason why a row, or one of its fields, was not stored. */
export interface ExcludedRow<Code extends RowCode = RowCode> {
  readonly row: number
  readonly symbol: string
  readonly session: string
  readonly field: BarField
  /** The value as delivered. */
  readonly value: string
  readonly code: Code
  readonly message: string
}
export type RowProblem = ExcludedRow<RejectionCode>
export type DroppedRow = ExcludedRow<DropCode>

/** Builds the record of an excluded row; delivered text is sanitised, because it may hold anything. */
export function excludedRow<Code extends RowCode>(
  raw: RawBar,
  field: BarField,
  code: Code,
  message: string,
): ExcludedRow<Code> {
  return {
    row: raw.row,
    symbol: sanitizeText(raw.symbol),
    session: sanitizeText(raw.session),
    field,
    value: sanitizeText(String(raw[field] ?? '')),
    code,
    message: sanitizeText(message),
  }
}
