/**
 * Surveys all rows of a file before they are read, where only all rows show the order of dates or which of two
 * columns is used.
 */
import { collectOrderEvidence } from '../dates/date-order.js'
import type { OrderDecision } from '../dates/date-order.js'
import { needsOrder, readDate } from '../dates/date-shape.js'
import type { DateOrder } from '../dates/date-shape.js'
import type { UnitGroup } from '../formats.js'
import { watchVolumes } from '../volume/volume-evidence.js'
import type { VolumeEvidence } from '../volume/volume-evidence.js'
import type { Heading } from './heading.js'
import { FIELDS } from './header.js'
import type { Field } from './header.js'
import { readPrice, readVolume } from './number-text.js'

export interface VolumeQuestion {
  readonly code: string
  readonly group: UnitGroup
  readonly headingLines: number
  readonly at: { readonly date: number; readonly volume: number }
  readonly dateOrder: DateOrder | undefined
}

export interface Survey {
  /** Returns whether any row has a readable value in this column. */
  isUsed(column: number): boolean
  dateOrder(column: number): OrderDecision
}

/** Returns whether the first rows leave open something that all rows may decide. */
export function wantsSurvey(heading: Heading, sample: readonly string[][]): boolean {
  const { candidates, lines } = heading
  if (FIELDS.some((field) => candidates[field].length > 1)) return true
  return sample.slice(lines).some((row) => candidates.date.some((at) => needsOrder(row[at] ?? '')))
}

/** Reads all rows once. */
export async function surveyRows(
  heading: Heading,
  records: AsyncIterable<readonly string[][]>,
): Promise<Survey> {
  const { candidates, lines } = heading
  const dates = candidates.date.map((at) => ({ at, evidence: collectOrderEvidence() }))
  const contested = FIELDS.filter((field) => candidates[field].length > 1)
  const used = new Set<number>()
  const symbolAt = candidates.symbol.at(0)
  let line = 0
  for await (const some of records) {
    for (const record of some) {
      line += 1
      if (line <= lines) continue
      const symbol = symbolAt === undefined ? '' : (record[symbolAt] ?? '')
      for (const { at, evidence } of dates) evidence.see(record[at] ?? '', symbol)
      for (const field of contested) {
        for (const at of candidates[field]) if (isUsable(field, record[at])) used.add(at)
      }
    }
  }
  return {
    isUsed: (column) => used.has(column),
    dateOrder(column) {
      const found = dates.find(({ at }) => at === column)
      if (!found) throw new Error(`column ${column} was not surveyed for dates`)
      return found.evidence.decide()
    },
  }
}

/** Reads all volumes once, of a file of one symbol. */
export async function surveyVolumes(
  records: AsyncIterable<readonly string[][]>,
  { code, group, headingLines, at, dateOrder }: VolumeQuestion,
): Promise<VolumeEvidence> {
  const watch = watchVolumes(code, group)
  let line = 0
  for await (const some of records) {
    for (const record of some) {
      line += 1
      const session = line > headingLines ? readDate(record[at.date] ?? '', dateOrder) : undefined
      const { shares } = readVolume(record[at.volume], 'shares')
      if (session !== undefined && typeof shares === 'number') watch.see(session, shares)
    }
  }
  return watch.evidence()
}

function isUsable(field: Field, text: string | undefined): boolean {
  if (text === undefined || text === '') return false
  switch (field) {
    case 'date':
      return needsOrder(text) || readDate(text, undefined) !== undefined
    case 'symbol':
      return true
    case 'volume':
      return typeof readVolume(text, 'shares').shares === 'number'
    default:
      return typeof readPrice(text, 'value') === 'number'
  }
}
