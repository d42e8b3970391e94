/**
 * Chooses the volume unit of a file. No file states it in its numbers, so it comes from the user, the header or
 * the format.
 */
import { KospigraphError } from '../../errors.js'
import type { Format, UnitGroup } from '../formats.js'
import { columnKey } from './header.js'
import type { VolumeUnit } from './number-text.js'

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
const OTHER_UNIT: Readonly<Record<VolumeUnit, VolumeUnit>> = { shares: 'thousands', thousands: 'shares' }

/**
 * Chooses the volume unit.
 * @param about `kinds`: whether the file may hold indices, other symbols or both
 * @throws KospigraphError BAD_USER_INPUT where the unit of an index is unknown
 */
export function chooseVolumeUnit(about: {
  readonly format: Format
  readonly columnName: string
  readonly kinds: readonly UnitGroup[]
  readonly asked: VolumeUnit | undefined
  readonly file: string
}): VolumeUnitChoice {
  const { format, columnName, kinds, asked, file } = about
  const stated = asked ?? IN_HEADER[columnKey(columnName)]
  if (stated !== undefined) {
    const word = asked === undefined ? 'as its column says' : 'as asked'
    return { units: { INDEX: stated, OTHER: stated }, note: `volume in ${WORDS[stated]}, ${word}` }
  }
  const { INDEX, OTHER = 'shares' } = format.volumeUnit
  const [kind] = kinds
  if (kinds.length === 1 && kind === 'INDEX' && INDEX === undefined) {
    throw new KospigraphError(
      'BAD_USER_INPUT',
      `${file} is of the format ${format.name}, whose volume unit for an index is unknown; ` +
        'set --volume-unit shares|thousands',
    )
  }
  const units = { INDEX: INDEX ?? 'shares', OTHER }
  if (kinds.length > 1 && units.INDEX !== units.OTHER) {
    const note = `volume in ${WORDS[units.OTHER]}, of KOSPI in ${WORDS[units.INDEX]}, unless --volume-unit changes it`
    return { units, note }
  }
  const unit = units[kind ?? 'OTHER']
  return { units, note: `volume in ${WORDS[unit]}, unless --volume-unit ${OTHER_UNIT[unit]} is given` }
}
