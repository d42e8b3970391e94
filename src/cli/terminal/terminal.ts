/** Where the command line writes: results to standard output, progress and problems to standard error. */
import type { Progress } from './progress.js'

export interface Terminal {
  /** One line of the result. */
  print(line: string): void
  /** One line beside the result. */
  note(line: string): void
  /**
   * A bar on a terminal, a plain line now and then elsewhere.
   * @param unit what is counted, for the plain lines
   * @param detailsColumns the most that details take beside the bar
   */
  progress(title: string, total: number, unit: string, detailsColumns?: number): Promise<Progress>
}

export function createTerminal(out: NodeJS.WriteStream, error: NodeJS.WriteStream): Terminal {
  return {
    print: (line) => out.write(`${line}\n`),
    note: (line) => error.write(`${line}\n`),
    progress: async (title, total, unit, detailsColumns) => {
      const { showProgress } = await import('./progress.js')
      return showProgress(error, { title, total, unit, detailsColumns })
    },
  }
}

const NUMBER = new Intl.NumberFormat('en-US')

/** `1234567` as `1,234,567`. */
export function count(value: number): string {
  return NUMBER.format(value)
}

/** A price at its symbol's decimals, with thousands separators. */
export function price(value: number, decimals: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}

/** Text broken at spaces into lines of at most `width` characters, longer words aside. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

const NUMERIC = /^-?[\d,.]+[KMBT]?$|^-$/

/**
 * Rows under headings, columns padded to their widest cell.
 * @param numbers whether columns that hold numbers below their first row end at the same place
 * @param rightFrom the column from which on all do, whatever they hold
 */
export function table(
  rows: readonly (readonly string[])[],
  { numbers = false, rightFrom = Infinity } = {},
): string[] {
  const isNumeric = (column: number): boolean =>
    column >= rightFrom ||
    (numbers && rows.slice(rows.length > 1 ? 1 : 0).every((row) => NUMERIC.test(row[column] ?? '')))
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? []
  return rows.map((row) =>
    row
      .map((cell, column) =>
        isNumeric(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}
