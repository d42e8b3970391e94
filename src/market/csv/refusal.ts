/** Messages for files that are not bar files: what was found, what is expected, what to do. */
import { sanitizeText } from '../../domain/sanitize-text.js'
import { listColumns } from './column-choice.js'
import { hasTimeOfDay, needsOrder, readDate } from '../dates/date-shape.js'
import type { OrderDecision } from '../dates/date-order.js'
import type { Heading } from './heading.js'
import { columnKey } from './header.js'
import type { Field } from './header.js'

const DAILY = 'expected daily bars, one row a session'
const DATE_SHAPES =
  'expected 2024-01-31, 2024/1/31, 2024.1.31, 20240131, 2024년 1월 31일, 31/1/2024 or seconds since 1970'
const SYMBOL_NAMES = new Set(['종목명', '한글종목명', '한글종목약명', 'name', 'companyname'])

/** Returns the message for a file without required columns. */
export function missingColumns(
  missing: readonly Field[],
  heading: Heading,
  rows: readonly string[][],
): string {
  const { names, candidates } = heading
  const list = missing.join(', ')
  if (missing.length === 1 && missing[0] === 'date' && candidates.symbol.length > 0) {
    return (
      `has no date: its first line reads "${sanitizeText(names.join(','))}"; where it is the whole market of one session, ` +
      'give that: --session 2024-06-03'
    )
  }
  if (missing.includes('date')) {
    const at = names.findIndex((_, column) => rows.length > 0 && hasTimeOfDay(rows[0]?.[column] ?? ''))
    if (at >= 0) {
      return (
        `holds trades or minutes, not daily bars: column "${sanitizeText(names[at] ?? '')}" has times such as ` +
        `${sanitizeText(rows[0]?.[at] ?? '')}, and there is no column for ${list}; ${DAILY}`
      )
    }
    const isList = candidates.symbol.length > 0 || names.some((name) => SYMBOL_NAMES.has(columnKey(name)))
    if (isList && missing.includes('open') && missing.includes('close')) {
      return (
        `is a list of symbols, not of bars: its columns are ${listColumns(names)}; ` +
        `${DAILY}, with date, open, high, low, close and volume`
      )
    }
    if (names.some((name) => needsOrder(name) || readDate(name, undefined) !== undefined)) {
      return (
        `begins with a row, not with the names of its columns: "${sanitizeText(names.join(','))}"; ` +
        'add a header line, or give all positions: --columns date=1,open=2,high=3,low=4,close=5,volume=6'
      )
    }
  }
  return (
    `has no column for ${list}: its first line reads "${sanitizeText(names.join(','))}"; expected date, open, high, ` +
    `low, close and volume in any order; where a column has another name, give it: --columns ${missing[0] ?? ''}=<name or position>`
  )
}

/** Returns the message for a field with several columns. */
export function contestedField(field: Field, columns: readonly number[], heading: Heading): string {
  const names = columns.map((at) => sanitizeText(heading.names[at] ?? ''))
  const [first = 0] = columns
  if (new Set(names).size === 1) {
    return `has two columns named "${names[0] ?? ''}"; choose the ${field}: --columns ${field}=${first + 1}`
  }
  const quoted = names.map((name) => `"${name}"`).join(' and ')
  return `has ${names.length} columns for ${field}, ${quoted}; choose one: --columns ${field}=${first + 1} (or ${columns
    .slice(1)
    .map((at) => at + 1)
    .join(', ')})`
}

/** Returns the message for a date column without readable dates. */
export function unreadableDates(column: string, example: string): string {
  const found = `column "${sanitizeText(column)}" has "${sanitizeText(example)}"`
  if (hasTimeOfDay(example)) {
    return `holds trades or minutes, not daily bars: ${found}, with a time of day; ${DAILY}`
  }
  return `has no date that can be read: ${found}; ${DATE_SHAPES}`
}

/** Returns the message for dates whose order is ambiguous or contradictory. */
export function undecidedOrder(
  decision: Exclude<OrderDecision, { kind: 'decided' }>,
  column: string,
): string {
  const where = `column "${sanitizeText(column)}"`
  if (decision.kind === 'contradictory') {
    const both = decision.examples.map(sanitizeText).join(' and ')
    return (
      `contradicts itself: ${where} has ${both}, one with the day first and one with the month; write all dates ` +
      'in one order, or as YYYY-MM-DD'
    )
  }
  return (
    `does not show whether ${sanitizeText(decision.example)} in ${where} is meant as ${decision.orders.join(' or ')}: ` +
    `no row decides it; set --date-order ${decision.orders.join('|')}`
  )
}
