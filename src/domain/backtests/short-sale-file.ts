/**
 * Parses the operator's list of the shares that could be sold short in a partial ban, as CSV with the columns `code`,
 * `from` and `to`: the first and the last day; an empty `to` is an open end.
 *
 * ```
 * code,from,to
 * 005930,2021-05-03,2023-11-05
 * ```
 */
import { KospigraphError } from '../../errors.js'
import { isLocalDate } from '../calendar/session.js'
import { sanitizeText } from '../sanitize-text.js'
import { bansWithoutList, NO_PERMITS } from './short-sale-bans.js'
import type { PermittedPeriod, ShortSalePermits } from './short-sale-bans.js'

/** Ten times the members of both indices, joining and leaving twice a year since 2008. */
const MAX_LINES = 100_000
const MAX_REPORTED = 10
const HEADER = 'code,from,to'
const CODE = /^[0-9A-Z]{6}$/

/** The periods in which each code may be sold short. */
export interface ShortSaleList {
  permitsOf(code: string): ShortSalePermits
}

export const NO_SHORT_SALE_LIST: ShortSaleList = { permitsOf: () => NO_PERMITS }

/**
 * @param file the file's name, for messages
 * @throws KospigraphError CONFIGURATION naming the first wrong lines
 */
export function parseShortSaleFile(text: string, file: string): ShortSaleList {
  // Some editors begin a file with a byte order mark.
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (header.replaceAll(/[\s"]/g, '').toLowerCase() !== HEADER) {
    refuse(file, [`line 1 is "${sanitizeText(header)}"; it must be ${HEADER}`])
  }
  if (lines.length > MAX_LINES) refuse(file, [`it has ${lines.length} lines; at most ${MAX_LINES} are read`])
  const problems: string[] = []
  const byCode = new Map<string, PermittedPeriod[]>()
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue
    const row = parseRow(line)
    if (typeof row === 'string') problems.push(`line ${at + 2}: ${row}`)
    else {
      const periods = byCode.get(row.code) ?? []
      periods.push(row.period)
      byCode.set(row.code, periods)
    }
  }
  if (problems.length > 0) refuse(file, problems)
  const unlisted = bansWithoutList([...byCode.values()].flat())
  return { permitsOf: (code) => ({ permitted: byCode.get(code) ?? [], unlisted }) }
}

/** Returns what is wrong with the line, or what it states. */
function parseRow(line: string): string | { readonly code: string; readonly period: PermittedPeriod } {
  const [code = '', from = '', to = '', ...rest] = line
    .split(',')
    .map((cell) => cell.replaceAll('"', '').trim())
  if (rest.length > 0) return `it has ${3 + rest.length} columns; it must have ${HEADER}`
  if (!CODE.test(code)) return `code "${sanitizeText(code)}" must be a six-character KRX code such as 005930`
  if (!isLocalDate(from)) return `from "${sanitizeText(from)}" must be a date, YYYY-MM-DD`
  if (to !== '' && !isLocalDate(to)) return `to "${sanitizeText(to)}" must be a date, YYYY-MM-DD, or empty`
  if (to !== '' && to < from) return `to ${to} is before from ${from}; swap them`
  return { code, period: { from: from, to: to === '' ? null : to } }
}

function refuse(file: string, problems: readonly string[]): never {
  const more = problems.length - MAX_REPORTED
  const shown = problems.slice(0, MAX_REPORTED).join('; ')
  throw new KospigraphError('CONFIGURATION', `${file}: ${shown}${more > 0 ? `; and ${more} more` : ''}`)
}
