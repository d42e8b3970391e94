/** Loads the bars of a golden file: its own, or those of the csv it was computed from. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import type { BarColumn, BarColumns } from '../../src/domain/bars/bar.js'
import type { Session } from '../../src/domain/calendar/session.js'
import type { Golden } from './golden-file.js'

export interface BarSource {
  /** Folder that is searched for the csv that a golden file names. */
  readonly dataFolder: string
  /** Csv to read instead. */
  readonly csvFile: string | undefined
}

export function barsOf(golden: Golden, source: BarSource): BarColumns {
  const bars = golden.bars === undefined ? readCsv(golden, csvOf(golden, source)) : ownBars(golden)
  const at = golden.dates.findIndex((date, i) => bars.sessions[i] !== date)
  if (at >= 0 || bars.sessions.length !== golden.dates.length) {
    const place = Math.max(at, 0)
    throw new Error(
      `${golden.name}: has ${golden.dates.length} sessions with ${String(golden.dates[place])} at ${place}; ` +
        `its bars have ${bars.sessions.length} with ${String(bars.sessions[place])} there`,
    )
  }
  return bars
}

function ownBars({ bars, dates }: Golden): BarColumns {
  const column = (name: BarColumn): Float64Array => Float64Array.from(bars?.[name] ?? [])
  return {
    sessions: dates as Session[],
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('volume'),
  }
}

/** Several folders may hold a file of that name; the one with the right hash is used. */
function csvOf(golden: Golden, { dataFolder, csvFile }: BarSource): string {
  if (csvFile !== undefined) {
    if (!existsSync(csvFile))
      throw new Error(`${csvFile}: cannot be read; pass --data with a csv that exists`)
    return csvFile
  }
  const found = existsSync(dataFolder)
    ? readdirSync(dataFolder, { recursive: true, encoding: 'utf8' })
        .filter((file) => path.basename(file) === golden.source)
        .map((file) => path.join(dataFolder, file))
    : []
  const exact = found.find((file) => sha256(file) === golden.sha256)
  const chosen = exact ?? found[0]
  if (chosen === undefined) {
    throw new Error(`${golden.name}: there is no ${golden.source} under ${dataFolder}; pass --data <csv>`)
  }
  if (golden.sha256 !== undefined && exact === undefined) {
    throw new Error(
      `${golden.name}: ${chosen} is not the file the run was computed from (sha256 ${golden.sha256}); pass --data <csv>`,
    )
  }
  return chosen
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}

function readCsv({ config }: Golden, file: string): BarColumns {
  const records = parse<Record<string, string>>(readFileSync(file), {
    bom: true,
    columns: (header: string[]) => header.map((name) => name.trim().toLowerCase()),
  })
  const hasValue = (value: string | undefined): boolean =>
    value !== undefined && value !== '' && value !== 'null'
  const rows = records
    .filter((record) => hasValue(record['open']) && hasValue(record['close']))
    .sort((a, b) => ((a['date'] ?? '') < (b['date'] ?? '') ? -1 : 1))
    .slice(config.start)
    .slice(0, config.rows === 0 ? undefined : config.rows)
  const column = (name: BarColumn): Float64Array =>
    Float64Array.from(rows, (row) => Number((row[name] ?? '').replaceAll(',', '')))
  return {
    sessions: rows.map((row) => (row['date'] ?? '') as Session),
    open: column('open'),
    high: column('high'),
    low: column('low'),
    close: column('close'),
    volume: column('volume'),
  }
}
