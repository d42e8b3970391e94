/**
 * Brings a table into the shape that its layout expects: leaves out title lines above the header, makes one date of a year,
 * a month and a day, and dates the rows of a file of one session.
 */
import { KospigraphError } from '../../errors.js'
import type { Session } from '../../domain/calendar/session.js'
import { columnKey, fieldsNamed } from './header.js'

export interface ReshapeOptions {
  /** Lines above the header, empty ones not counted; without it they are recognised where that is certain. */
  readonly skipLines?: number | undefined
  /** Session of all rows, for a file of one date without a date column. */
  readonly session?: Session | undefined
}

export interface Reshaping {
  apply(records: AsyncIterable<string[][]>): AsyncIterable<string[][]>
  readonly notes: readonly string[]
}

/** Title lines of spreadsheets and sites; a header further down is not looked for. */
const MAX_TITLE_LINES = 20
/** A header names at least so many fields, and a title at most one. */
const HEADER_FIELDS = 4
const DATE_PARTS = [
  ['년', '월', '일'],
  ['연도', '월', '일'],
  ['연', '월', '일'],
  ['year', 'month', 'day'],
] as const
const AS_THEY_ARE: Reshaping = { apply: (records) => records, notes: [] }

/**
 * Decides what a table needs.
 * @param sample its first records
 * @throws KospigraphError BAD_USER_INPUT for a session where the file has dates, or more skipped lines than it has
 */
export function decideReshaping(
  sample: readonly string[][],
  { skipLines, session }: ReshapeOptions,
  file: string,
): Reshaping {
  const skipped = skipLines ?? titleLines(sample)
  const header = sample[skipped]
  if (header === undefined) {
    if (skipped === 0) return AS_THEY_ARE
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} has no line after the ${skipped} of --skip-lines; the header line is the first that is left`,
    )
  }
  const parts = datePartsOf(header)
  if (session !== undefined && (parts !== undefined || fieldsNamed(header).includes('date'))) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} has a date in every row; leave --session ${session} out`,
    )
  }
  if (skipped === 0 && parts === undefined && session === undefined) return AS_THEY_ARE
  const notes = [
    ...(skipped > 0 && skipLines === undefined ? [`${skipped} title lines left out`] : []),
    ...(parts === undefined ? [] : ['dates put together from three columns']),
    ...(session === undefined ? [] : [`all rows of ${session}`]),
  ]
  const extend = (record: readonly string[], line: number): string[] => {
    if (parts !== undefined) {
      if (line > 0) return [...record, parts.map((at) => record[at] ?? '').join('-')]
      return [...record.map((name, at) => (parts.includes(at) ? '' : name)), 'date']
    }
    if (session === undefined) return [...record]
    return [...record, line === 0 ? 'date' : record.every((cell) => cell === '') ? '' : session]
  }
  return { apply: (records) => reshaped(records, { skipped, width: header.length, extend }), notes }
}

async function* reshaped(
  records: AsyncIterable<readonly string[][]>,
  how: {
    readonly skipped: number
    readonly width: number
    readonly extend: (record: readonly string[], line: number) => string[]
  },
): AsyncGenerator<string[][]> {
  let line = -how.skipped
  for await (const some of records) {
    const batch: string[][] = []
    for (const record of some) {
      // Short rows get their missing cells, so that the added one is in its column.
      const whole = Array.from({ length: Math.max(how.width, record.length) }, (_, at) => record[at] ?? '')
      if (line >= 0) batch.push(how.extend(whole.slice(0, how.width), line))
      line += 1
    }
    yield batch
  }
}

function titleLines(sample: readonly string[][]): number {
  const [first = []] = sample
  if (fieldsNamed(first).length > 1) return 0
  const at = sample
    .slice(0, MAX_TITLE_LINES + 1)
    .findIndex((record) => fieldsNamed(record).length >= HEADER_FIELDS)
  return Math.max(at, 0)
}

function datePartsOf(header: readonly string[]): readonly number[] | undefined {
  const keys = header.map(columnKey)
  return DATE_PARTS.map((names) => names.map((name) => keys.indexOf(name))).find((places) =>
    places.every((at) => at >= 0),
  )
}
