/** Column choices of the user, `date=Datum,open=2,…`: by the header's name or by position from 1. */
import { sanitizeText } from '../../domain/sanitize-text.js'
import { KospigraphError } from '../../errors.js'
import { FIELDS, columnKey } from './header.js'
import type { Field } from './header.js'

export type ColumnChoice = Readonly<Partial<Record<Field, string>>>

const EXPECTED = `expected ${FIELDS.map((field) => `${field}=…`).join(',')} with a column's name or its position from 1`

/**
 * Parses the text of --columns.
 * @throws KospigraphError BAD_USER_INPUT naming the wrong part
 */
export function parseColumnChoice(text: string): ColumnChoice {
  const choice: Partial<Record<Field, string>> = {}
  for (const part of text.split(',')) {
    const at = part.indexOf('=')
    const field = FIELDS.find((name) => name === part.slice(0, at).trim().toLowerCase())
    const column = part.slice(at + 1).trim()
    if (at < 0 || field === undefined || column === '') {
      throw new KospigraphError(
        'BAD_USER_INPUT',
        `--columns: "${sanitizeText(part)}" is not a column choice; ${EXPECTED}`,
      )
    }
    if (choice[field] !== undefined) {
      throw new KospigraphError('BAD_USER_INPUT', `--columns: ${field} is given twice`)
    }
    choice[field] = column
  }
  return choice
}

/**
 * Returns the indexes of the chosen columns, from 0.
 * @param header the names of the file's columns
 * @throws KospigraphError BAD_USER_INPUT for a column that is missing or ambiguous
 */
export function placeChoice(
  choice: ColumnChoice,
  header: readonly string[],
  file: string,
): Partial<Record<Field, number>> {
  const placed: Partial<Record<Field, number>> = {}
  for (const field of FIELDS) {
    const column = choice[field]
    if (column !== undefined) placed[field] = placeColumn(field, column, header, file)
  }
  return placed
}

/** Returns whether every chosen column is a position, so that the file needs no header. */
export function isByPosition(choice: ColumnChoice): boolean {
  return Object.values(choice).every((column) => /^\d+$/.test(column))
}

/** Returns the columns to choose from, such as `1 Date, 2 Open`. */
export function listColumns(header: readonly string[]): string {
  return sanitizeText(header.map((name, at) => `${at + 1} ${name || '(no name)'}`).join(', '))
}

function placeColumn(field: Field, column: string, header: readonly string[], file: string): number {
  const named = header.flatMap((name, at) => (columnKey(name) === columnKey(column) ? [at] : []))
  if (named.length > 1) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `--columns ${field}=${sanitizeText(column)}: ${file} has ${named.length} columns of that name; ` +
        `give the position: ${listColumns(header)}`,
    )
  }
  if (named[0] !== undefined) return named[0]
  const position = /^\d{1,4}$/.test(column) ? Number(column) : 0
  if (position >= 1 && position <= header.length) return position - 1
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `--columns ${field}=${sanitizeText(column)}: ${file} has no such column; it has ${listColumns(header)}`,
  )
}
