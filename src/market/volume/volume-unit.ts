/**
 * Chooses the volume unit of a file. No file states it in its numbers, so it comes from the user, the header, the
 * format or the evidence of all rows; the evidence also checks the other three.
 */
import { scaleOfIndexVolume, typicalIndexVolume } from '../../domain/bars/index-volume.js'
import type { VolumeScale } from '../../domain/bars/index-volume.js'
import type { RowFault } from '../../domain/bars/row-outcome.js'
import { KospigraphError } from '../../errors.js'
import type { Format, UnitGroup } from '../formats.js'
import { columnKey } from '../csv/header.js'
import type { VolumeUnit } from '../csv/number-text.js'
import type { VolumeEvidence } from './volume-evidence.js'
import type { VolumeStep } from './volume-step.js'

export interface VolumeUnitChoice {
  readonly units: Readonly<Record<UnitGroup, VolumeUnit>>
  /** What was chosen and why, for logs and reports. */
  readonly note: string
}

const IN_HEADER: Readonly<Record<string, VolumeUnit>> = {
  '거래량(천주)': 'thousands',
  '거래량(주)': 'shares',
  'volume(shares)': 'shares',
}
const WORDS: Readonly<Record<VolumeUnit, string>> = { shares: 'shares', thousands: 'thousands of shares' }
/** The unit that numbers of a size are in, as the file writes them. */
const UNIT_OF_SCALE: Readonly<Partial<Record<VolumeScale, VolumeUnit>>> = {
  shares: 'shares',
  'a thousandth': 'thousands',
}
const OTHER_UNIT: Readonly<Record<VolumeUnit, VolumeUnit>> = { shares: 'thousands', thousands: 'shares' }

/**
 * Chooses the volume unit.
 * @param about `kinds`: whether the file may hold indices, other symbols or both; `evidence`: that of a file of one symbol
 * @throws KospigraphError BAD_USER_INPUT where the unit of an index is unknown, or the evidence contradicts it
 */
export function chooseVolumeUnit(about: {
  readonly format: Format
  readonly columnName: string
  readonly kinds: readonly UnitGroup[]
  readonly asked: VolumeUnit | undefined
  readonly evidence: { readonly code: string; readonly of: VolumeEvidence } | undefined
  readonly file: string
}): VolumeUnitChoice {
  const { format, columnName, kinds, asked, evidence, file } = about
  const stated = asked ?? IN_HEADER[columnKey(columnName)]
  const shown = evidence === undefined ? undefined : UNIT_OF_SCALE[evidence.of.scale]
  if (evidence?.of.scale === 'a thousandfold') {
    throw refusal(file, `has volumes a thousand times too large: ${sizeOf(evidence)}; divide them by 1,000`)
  }
  if (stated !== undefined) {
    const word = asked === undefined ? 'as its column says' : 'as asked'
    if (evidence !== undefined && shown !== undefined && shown !== stated)
      throw refusal(file, contradiction(word, stated, evidence))
    return { units: { INDEX: stated, OTHER: stated }, note: `volume in ${WORDS[stated]}, ${word}` }
  }
  const step = evidence?.of.step
  if (step !== undefined) throw refusal(file, twoUnits(step))
  const { INDEX, OTHER = 'shares' } = format.volumeUnit
  const [kind] = kinds
  if (kinds.length === 1 && kind === 'INDEX' && evidence !== undefined && shown !== undefined) {
    if (INDEX !== undefined && INDEX !== shown && format.isUnitGuessed !== true) {
      throw refusal(file, contradiction(`as the format ${format.name} assumes`, INDEX, evidence))
    }
    const why = `as the volumes of ${evidence.code} in ${evidence.of.years} show`
    return { units: { INDEX: shown, OTHER }, note: `volume in ${WORDS[shown]}, ${why}` }
  }
  if (kinds.length === 1 && kind === 'INDEX' && INDEX === undefined) {
    throw refusal(
      file,
      `is of the format ${format.name}, whose volume unit for an index is unknown; ` +
        'set --volume-unit shares|thousands',
    )
  }
  const units = { INDEX: INDEX ?? 'shares', OTHER }
  if (kinds.length > 1 && units.INDEX !== units.OTHER) {
    const note = `volume in ${WORDS[units.OTHER]}, of indices in ${WORDS[units.INDEX]}, unless --volume-unit changes it`
    return { units, note }
  }
  const unit = units[kind ?? 'OTHER']
  return { units, note: `volume in ${WORDS[unit]}, unless --volume-unit ${OTHER_UNIT[unit]} is given` }
}

/** Returns why a volume of an index, in shares, cannot be right; undefined where it may be. */
export function indexVolumeFault(code: string, session: string, volume: number): RowFault | undefined {
  const scale = scaleOfIndexVolume(code, session, volume)
  if (scale === 'shares' || scale === 'unclear') return undefined
  const usual = inWords(typicalIndexVolume(code, session) ?? 0)
  return {
    field: 'volume',
    code: 'VOLUME_SCALE',
    message:
      `volume ${inWords(volume)} is about ${scale} of the usual volume of ${code} in ${session.slice(0, 4)}, ` +
      `about ${usual}; correct it, or leave the row out`,
  }
}

function refusal(file: string, message: string): KospigraphError {
  return new KospigraphError('BAD_USER_INPUT', `${file} ${message}`)
}

type Evidence = { readonly code: string; readonly of: VolumeEvidence }

function contradiction(word: string, unit: VolumeUnit, evidence: Evidence): string {
  const other = OTHER_UNIT[unit]
  return (
    `contradicts its volume unit, ${WORDS[unit]}, ${word}: ${sizeOf(evidence)}, so the file is in ${WORDS[other]}; ` +
    `set --volume-unit ${other}`
  )
}

function sizeOf({ code, of: { years, example } }: Evidence): string {
  if (example === undefined) throw new Error('a scale without a volume that shows it')
  const { session, volume, usual } = example
  return (
    `it has ${inWords(volume)} on ${session}, and ${code} had about ${inWords(usual)} shares a day in that year ` +
    `(at least nine in ten rows of ${years} agree)`
  )
}

function twoUnits({ session, before, after }: VolumeStep): string {
  return (
    `has volumes in two units: from ${session} they are about ${inWords(after)}, before about ${inWords(before)}; ` +
    'split it there and give each part its unit, or, if all rows are in one unit, name it: --volume-unit shares|thousands'
  )
}

function inWords(volume: number): string {
  return Math.round(volume).toLocaleString('en-US')
}
