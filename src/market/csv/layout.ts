/** The layout of a bar file: its format, columns, date order and volume unit. */
import { requireSymbolCode } from '../../domain/bars/instruments/symbol-code.js'
import { defineSymbol } from '../../domain/symbol.js'
import { sanitizeText } from '../../domain/sanitize-text.js'
import { KospigraphError } from '../../errors.js'
import { recogniseFormat } from '../formats.js'
import type { Format, UnitGroup } from '../formats.js'
import type { ColumnChoice } from './column-choice.js'
import { needsOrder, readDate } from '../dates/date-shape.js'
import type { DateOrder } from '../dates/date-shape.js'
import { readHeading } from './heading.js'
import type { Heading } from './heading.js'
import { FIELDS, REQUIRED_FIELDS, isNameColumn } from './header.js'
import type { Field } from './header.js'
import type { VolumeUnit } from './number-text.js'
import { contestedField, missingColumns, undecidedOrder, unreadableDates } from './refusal.js'
import { surveyRows, surveyVolumes, wantsSurvey } from './survey.js'
import { chooseVolumeUnit } from '../volume/volume-unit.js'

export interface LayoutOptions {
  /** Symbol of all rows, for a file without a symbol column. */
  readonly symbol?: string | undefined
  /** Symbol of all rows where neither the file nor `symbol` gives one, for example from the file's name. */
  readonly symbolOtherwise?: string | undefined
  readonly columns?: ColumnChoice | undefined
  readonly dateOrder?: DateOrder | undefined
  readonly volumeUnit?: VolumeUnit | undefined
  /** Returns the code of a share or index that a file names instead; undefined for an unknown name. */
  readonly resolveName?: ((name: string) => string | undefined) | undefined
}

export interface Layout {
  readonly format: Format
  readonly headingLines: number
  readonly at: Readonly<Record<(typeof REQUIRED_FIELDS)[number], number>>
  /** A column, or the one symbol of all rows. */
  readonly symbol: { readonly at: number } | { readonly code: string }
  readonly resolveName: LayoutOptions['resolveName']
  readonly dateOrder: DateOrder | undefined
  unitFor(symbol: string): VolumeUnit
  /** Assumptions, for logs and reports. */
  readonly notes: readonly string[]
}

export interface Sample {
  readonly file: string
  /** The first records, the heading among them. */
  readonly records: readonly string[][]
  /** The symbol that the file names outside its rows. */
  readonly ticker: string | undefined
  /** Reads all records, the sample among them; may be called again. */
  readAll(): AsyncIterable<readonly string[][]>
}

/**
 * Decides how to read a file's rows.
 * @throws KospigraphError BAD_USER_INPUT where the file holds no daily bars or leaves open how to read them
 */
export async function decideLayout(sample: Sample, options: LayoutOptions): Promise<Layout> {
  const { file, records } = sample
  const refuse = (message: string): never => {
    throw new KospigraphError('BAD_USER_INPUT', `${file} ${message}`)
  }
  if (records.length === 0) refuse('is empty; expected a header line and rows')
  const heading = readHeading(records, { choice: options.columns ?? {}, ticker: sample.ticker }, file)
  const rows = records.slice(heading.lines)
  const missing = REQUIRED_FIELDS.filter((field) => heading.candidates[field].length === 0)
  if (missing.length > 0) refuse(missingColumns(missing, heading, rows))
  if (rows.length === 0) refuse('has a header line and no rows')

  const survey = wantsSurvey(heading, records) ? await surveyRows(heading, sample.readAll()) : undefined
  const at = Object.fromEntries(
    FIELDS.flatMap((field) => {
      const columns = heading.candidates[field]
      if (columns.length <= 1) return columns.map((column) => [field, column])
      const used = columns.filter((column) => survey?.isUsed(column))
      if (used.length !== 1) refuse(contestedField(field, columns, heading))
      return used.map((column) => [field, column])
    }),
  ) as Record<Exclude<Field, 'symbol'>, number> & { symbol?: number }

  const dateName = heading.names[at.date] ?? ''
  let { dateOrder } = options
  const notes: string[] = []
  if (dateOrder === undefined && survey && rows.some((row) => needsOrder(row[at.date] ?? ''))) {
    const decision = survey.dateOrder(at.date)
    if (decision.kind !== 'decided') return refuse(undecidedOrder(decision, dateName))
    dateOrder = decision.order
    notes.push(`dates read as ${dateOrder}, as ${sanitizeText(decision.by)} shows`)
  }
  const dates = rows.map((row) => row[at.date] ?? '')
  if (dates.every((text) => readDate(text, dateOrder) === undefined)) {
    refuse(unreadableDates(dateName, dates.find((text) => text !== '') ?? ''))
  }

  const format = recogniseFormat(heading.names, heading.lines === 3)
  const symbolAt = symbolColumn(at.symbol, heading, options)
  const symbol = symbolAt === undefined ? { code: oneSymbol(heading, options, file) } : { at: symbolAt }
  if ('at' in symbol && options.symbol !== undefined) {
    refuse(`names a symbol in every row; leave --symbol ${options.symbol} out`)
  }
  const headingLines = heading.lines
  const evidence =
    'code' in symbol
      ? {
          code: symbol.code,
          of: await surveyVolumes(sample.readAll(), {
            code: symbol.code,
            group: unitGroupOf(symbol.code),
            headingLines,
            at,
            dateOrder,
          }),
        }
      : undefined
  const unit = chooseVolumeUnit({
    format,
    columnName: heading.names[at.volume] ?? '',
    kinds: 'code' in symbol ? [unitGroupOf(symbol.code)] : ['INDEX', 'OTHER'],
    asked: options.volumeUnit,
    evidence,
    file,
  })
  notes.push(unit.note)
  return {
    format,
    headingLines,
    at,
    symbol,
    resolveName: options.resolveName,
    dateOrder,
    unitFor: (code) => unit.units[unitGroupOf(code)],
    notes,
  }
}

/**
 * Returns the column of the symbols. One of names counts only where no option and no other part of the file gives the symbol,
 * because files of one share have such a column too.
 */
function symbolColumn(
  at: number | undefined,
  { names, ticker }: Heading,
  { symbol, symbolOtherwise, columns }: LayoutOptions,
): number | undefined {
  if (at === undefined || !isNameColumn(names[at] ?? '') || columns?.symbol !== undefined) return at
  return (symbol ?? symbolOtherwise ?? ticker) === undefined ? at : undefined
}

/** Returns the symbol of a file without a symbol column: given, or from yfinance's second line. */
function oneSymbol(heading: Heading, options: LayoutOptions, file: string): string {
  const { ticker } = heading
  const { symbol: given } = options
  if (ticker === undefined) {
    const code = given ?? options.symbolOtherwise
    if (code !== undefined) return code
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} has no symbol column; name the symbol of its bars with --symbol`,
    )
  }
  const code = requireSymbolCode(ticker)
  if (given !== undefined && given !== code) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} holds bars of ${sanitizeText(ticker)}, not of ${given}; leave --symbol out`,
    )
  }
  return code
}

/** Returns the group of symbols whose volume unit a code shares. */
export function unitGroupOf(code: string): UnitGroup {
  return defineSymbol(code).kind === 'INDEX' ? 'INDEX' : 'OTHER'
}
