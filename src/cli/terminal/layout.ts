/** Text and tables in a given number of columns: the one place that breaks lines, and only between words. */

/** Prose is hard to read in longer lines, however wide the terminal is. */
export const PROSE_COLUMNS = 80
const GAP = '  '
/** Hangul, Han, kana and full-width forms take two columns. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/g
const NUMERIC = /^-?[\d,.]+[KMBT]?$|^-$/

/** Columns that a text takes on a terminal. */
export function displayWidth(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0)
}

/**
 * Breaks text between words into lines of at most `width` columns; a longer word keeps a line of its own.
 * @param indent stands before every line, within the width
 */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && displayWidth(indent) + displayWidth(line) + 1 + displayWidth(word) <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => indent + line)
}

/** The line itself where it fits, else its words in several lines that begin where it begins. */
export function fit(line: string, width: number): string[] {
  if (displayWidth(line) <= width) return [line]
  const indent = /^ */.exec(line)?.[0] ?? ''
  return wrap(line.slice(indent.length), width, indent)
}

/** The text without what is beyond `width` columns, and `…` in place of that. */
export function truncate(text: string, width: number): string {
  if (displayWidth(text) <= width) return text
  let kept = ''
  for (const letter of text) {
    if (displayWidth(kept + letter) > width - 1) break
    kept += letter
  }
  return `${kept}…`
}

export interface TableOptions {
  /** Whether columns that hold only numbers below their first row end at the same place. */
  readonly numbers?: boolean
  /** The column from which on all end at the same place, whatever they hold. */
  readonly rightFrom?: number
  /** Columns of the whole table. Where it would be wider, cells of text are broken between words. */
  readonly width?: number
  /** Stands before every line, within the width. */
  readonly indent?: string
}

/** Rows under headings, each column padded to its widest cell. */
export function table(
  rows: readonly (readonly string[])[],
  { numbers = false, rightFrom = Infinity, width = Infinity, indent = '' }: TableOptions = {},
): string[] {
  const isRight = (column: number): boolean =>
    column >= rightFrom ||
    (numbers && rows.slice(rows.length > 1 ? 1 : 0).every((row) => NUMERIC.test(row[column] ?? '')))
  const columns = Array.from({ length: rows[0]?.length ?? 0 }, (_, column) => {
    const cells = rows.map((row) => row[column] ?? '')
    return { cells, right: isRight(column), width: Math.max(...cells.map(displayWidth)) }
  })
  const room = width - displayWidth(indent) - GAP.length * (columns.length - 1)
  narrow(columns, room)
  return rows.flatMap((_, row) => {
    const cells = columns.map((column) =>
      column.right ? [column.cells[row] ?? ''] : fit(column.cells[row] ?? '', column.width),
    )
    const height = Math.max(1, ...cells.map((lines) => lines.length))
    return Array.from({ length: height }, (_line, line) =>
      (
        indent +
        columns.map((column, at) => pad(cells[at]?.[line] ?? '', column.width, column.right)).join(GAP)
      ).trimEnd(),
    )
  })
}

interface Column {
  readonly cells: readonly string[]
  readonly right: boolean
  width: number
}

/** Takes from the widest column of text, down to its longest word, until the columns have room. */
function narrow(columns: readonly Column[], room: number): void {
  let excess = columns.reduce((sum, column) => sum + column.width, 0) - room
  const texts = columns
    .filter((column) => !column.right)
    .map((column) => ({ column, least: longestWord(column.cells) }))
  while (excess > 0) {
    const [widest] = texts
      .filter(({ column, least }) => column.width > least)
      .sort((one, other) => other.column.width - one.column.width)
    if (!widest) return
    widest.column.width -= 1
    excess -= 1
  }
}

function longestWord(cells: readonly string[]): number {
  return Math.max(...cells.flatMap((cell) => cell.split(/\s+/).map(displayWidth)))
}

function pad(text: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - displayWidth(text)))
  return right ? space + text : text + space
}
