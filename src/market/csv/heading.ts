/** The heading of a bar file: its header lines, the column names in them and the ticker, if any. */
import { KospigraphError } from '../../errors.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { isByPosition, placeChoice } from './column-choice.js'
import type { ColumnChoice } from './column-choice.js'
import { needsOrder, readDate } from '../dates/date-shape.js'
import { candidatesIn, fieldOf, isIndexName } from './header.js'
import type { Candidates, Field } from './header.js'

export interface Heading {
  /** Number of lines before the first row. */
  readonly lines: 0 | 1 | 3
  readonly names: readonly string[]
  /** From yfinance's second line, or from beside the rows. */
  readonly ticker: string | undefined
  readonly candidates: Candidates
}

/**
 * Reads the heading.
 * @param sample the file's first records, at least one
 * @throws KospigraphError BAD_USER_INPUT for several tickers, or a column choice that does not fit
 */
export function readHeading(
  sample: readonly string[][],
  { choice, ticker: named }: { readonly choice: ColumnChoice; readonly ticker: string | undefined },
  file: string,
): Heading {
  const [first = []] = sample
  const second = tickerOf(sample, file)
  const ticker = second ?? named
  const header = second === undefined ? first : ['Date', ...first.slice(1)]
  const headless = isHeadless(first, choice)
  const lines = headless ? 0 : second === undefined ? 1 : 3
  const names = headless ? first.map((_, at) => `column ${at + 1}`) : header
  const placed = placeChoice(choice, names, file)
  const found = candidatesIn(headless ? [] : names)
  const candidates = { ...found, date: found.date.length > 0 ? found.date : labelDates(names, sample, lines) }
  // A column that was chosen for one field is no candidate for another.
  const taken = new Set(Object.values(placed))
  for (const field of Object.keys(candidates) as Field[]) {
    const at = placed[field]
    candidates[field] = at === undefined ? candidates[field].filter((other) => !taken.has(other)) : [at]
  }
  return { lines, names, ticker, candidates }
}

/** Returns the ticker of yfinance's heading (since 2024): column names, the ticker under each, then `Date` alone. */
function tickerOf(sample: readonly string[][], file: string): string | undefined {
  const [, tickers = [], dates = []] = sample
  if (fieldOf(dates[0] ?? '') !== 'date' || dates.slice(1).some((cell) => cell !== '')) return undefined
  const distinct = [...new Set(tickers.slice(1))]
  if (distinct.length > 1) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} holds ${distinct.length} tickers side by side (${sanitizeText(distinct.join(', '))}); download them one by one`,
    )
  }
  return distinct[0]
}

/**
 * Returns whether the file has no header, which is allowed where all columns are chosen by position and the first
 * line has a date.
 */
function isHeadless(first: readonly string[], choice: ColumnChoice): boolean {
  return choice.date !== undefined && isByPosition(choice) && isDate(first[Number(choice.date) - 1] ?? '')
}

/** Returns unnamed label columns that hold dates: pandas leaves the label's column without a name. */
function labelDates(names: readonly string[], sample: readonly string[][], lines: number): number[] {
  const row = sample[lines] ?? []
  return names.flatMap((name, at) => (isIndexName(name) && isDate(row[at] ?? '') ? [at] : []))
}

function isDate(text: string): boolean {
  return needsOrder(text) || readDate(text, undefined) !== undefined
}
