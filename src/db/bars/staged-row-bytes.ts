/**
 * Encodes staged rows in PostgreSQL's binary COPY format, which avoids formatting and parsing numbers as text. A row is
 * the count of its fields, then each field's length in bytes and its value, all big-endian.
 */
import { DEFERRED_CHECKS } from '../../domain/bars/bar-check.js'
import type { DeferredCheck } from '../../domain/bars/bar-check.js'
import type { Bar } from '../../domain/bars/bar.js'
import { dayNumber } from '../../domain/calendar/session.js'

export interface StagedRow extends Bar {
  readonly row: number
  /** Number of its symbol in the delivery, from 0. */
  readonly ordinal: number
  readonly volumeStep: number
  readonly doubt?: DeferredCheck | undefined
}

/** The columns of a staged row in the order in which they are sent, with their widths in bytes. */
const COLUMNS = [
  ['row', 'int4', 4],
  ['ordinal', 'int4', 4],
  ['session', 'date', 4],
  ['open', 'float8', 8],
  ['high', 'float8', 8],
  ['low', 'float8', 8],
  ['close', 'float8', 8],
  ['volume', 'int8', 8],
  ['volume_step', 'int8', 8],
  ['flags', 'int2', 2],
  ['doubt', 'int2', 2],
] as const

/** The column list for CREATE TABLE. */
export const STAGED_COLUMNS = COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')

/** Precedes the first row: the signature, no flags, no extension. */
export const COPY_HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1')
/** Follows the last row. */
export const COPY_TRAILER = Buffer.from([0xff, 0xff])

/** One row with zeroed values, and the offset of each value. */
const { blank: BLANK, at: AT } = layOut()

/** 2000-01-01, from which PostgreSQL counts days, in days since 1970-01-01. */
const DAY_0 = 10_957
/** A step above every volume that can be stored means the same as this one. */
const COARSEST_STEP = Number.MAX_SAFE_INTEGER

/** The number staged for a deferred check: its position in `DEFERRED_CHECKS` from 1, or 0 for none. */
export function deferredCheckNumber(doubt: DeferredCheck | undefined): number {
  return doubt === undefined ? 0 : DEFERRED_CHECKS.indexOf(doubt) + 1
}

export function toCopyBytes(rows: readonly StagedRow[]): Buffer {
  const bytes = Buffer.allocUnsafe(rows.length * BLANK.length)
  if (rows.length > 0) bytes.fill(BLANK)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let start = 0
  for (const row of rows) {
    view.setInt32(start + AT.row, row.row)
    view.setInt32(start + AT.ordinal, row.ordinal)
    view.setInt32(start + AT.session, dayNumber(row.session) - DAY_0)
    view.setFloat64(start + AT.open, row.open)
    view.setFloat64(start + AT.high, row.high)
    view.setFloat64(start + AT.low, row.low)
    view.setFloat64(start + AT.close, row.close)
    view.setBigInt64(start + AT.volume, row.volume)
    view.setBigInt64(start + AT.volume_step, BigInt(Math.min(row.volumeStep, COARSEST_STEP)))
    view.setInt16(start + AT.flags, row.flags)
    view.setInt16(start + AT.doubt, deferredCheckNumber(row.doubt))
    start += BLANK.length
  }
  return bytes
}

function layOut(): { readonly blank: Buffer; readonly at: Record<(typeof COLUMNS)[number][0], number> } {
  const blank = Buffer.alloc(2 + COLUMNS.reduce((sum, [, , width]) => sum + 4 + width, 0))
  let end = blank.writeInt16BE(COLUMNS.length)
  const places = COLUMNS.map(([name, , width]) => {
    const start = blank.writeInt32BE(width, end)
    end = start + width
    return [name, start]
  })
  return { blank, at: Object.fromEntries(places) as Record<(typeof COLUMNS)[number][0], number> }
}
