/** Values of options that several commands take. */
import { InvalidArgumentError, Option } from 'commander'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { Session } from '../../domain/calendar/session.js'
import { MAX_PAGE_SIZE } from '../../domain/page.js'
import type { PageRequest } from '../../domain/page.js'

/** Description of `--json`, which every command has. */
export const JSON_OPTION = 'write the result as one JSON object; docs/command-line.md lists its fields'

export function parseWhole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Give a whole number from 0.')
  return Number(text)
}

export function parseDate(text: string): Session {
  if (!isLocalDate(text)) throw new InvalidArgumentError('Write the date as YYYY-MM-DD.')
  return text
}

const DEFAULT_LIMIT = 20

/** `--limit`, for commands that list. */
export function limitOption(): Option {
  return new Option('--limit <rows>', `list at most so many, up to ${MAX_PAGE_SIZE}`)
    .default(DEFAULT_LIMIT)
    .argParser(parseLimit)
}

function parseLimit(text: string): number {
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= MAX_PAGE_SIZE) return limit
  throw new InvalidArgumentError(`Give a whole number from 1 to ${MAX_PAGE_SIZE}.`)
}

/** The first rows of a list. */
export function firstRows(limit: number): PageRequest<never> {
  return { limit, fromEnd: false, after: undefined, before: undefined }
}
