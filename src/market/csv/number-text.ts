/**
 * Parses prices and volumes from the text of a cell. Unreadable text is kept for the check of bars to report.
 * Everything that check accepts as a number is read here, so that no unit is lost.
 */
import type { RawNumber } from '../../domain/bars/row-outcome.js'
import { wholeVolume } from '../../domain/bars/whole-volume.js'

export const VOLUME_UNITS = ['shares', 'thousands'] as const
export type VolumeUnit = (typeof VOLUME_UNITS)[number]

/** `value`: a price's sign is part of the number. `direction`: it marks a rise or fall, as in Kiwoom's files. */
export type PriceSign = 'value' | 'direction'

export interface ReadVolume {
  /** In shares. */
  readonly shares: RawNumber
  /** Rounding step of the volume, in shares. */
  readonly step: number | undefined
}

const PLAIN = /^\d+(?:\.\d+)?$/
const NUMBER = /^[+-]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i
const VOLUME = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d*)(?:\.(\d*))?(?:e([+-]?\d+))?\s*(k|m|b|천|만|억|백만|십억)?$/i
const SUFFIX_POWERS: Readonly<Record<string, number>> = {
  k: 3,
  m: 6,
  b: 9,
  천: 3,
  만: 4,
  백만: 6,
  억: 8,
  십억: 9,
}
const GROUPED_BY_SPACES = /^[+-]?\d{1,3}(?: \d{3})+(?:\.\d*)?$/
const MISSING = new Set(['', 'null', 'nan', 'n/a', '#n/a', 'na', 'none', '-', '--'])
/** Largest number of decimal digits that a double always represents exactly. */
const EXACT_DIGITS = 15
/** Yahoo rounds to 100,000 shares, the coarsest known step; further zeros are chance. */
const COARSEST_STEP_OF_THOUSANDS = 100_000
const ZERO = '0'.charCodeAt(0)
const NOTHING: ReadVolume = { shares: undefined, step: undefined }

/**
 * Reads a price.
 * @returns undefined for a missing price, the text where it is not a number
 */
export function readPrice(text: string | undefined, sign: PriceSign): RawNumber {
  if (text === undefined) return undefined
  const count = plainCount(text)
  if (count !== undefined) return count
  if (PLAIN.test(text)) return Number(text)
  const trimmed = plainText(text)
  if (MISSING.has(trimmed.toLowerCase())) return undefined
  if (!NUMBER.test(trimmed)) return text
  const price = Number(trimmed.replaceAll(',', ''))
  return sign === 'direction' ? Math.abs(price) : price
}

/**
 * Reads a volume, in shares. Decimal digits are shifted instead of multiplied, so that 264.58K is exactly 264,580.
 */
export function readVolume(text: string | undefined, unit: VolumeUnit): ReadVolume {
  if (text === undefined) return NOTHING
  const trimmed = plainText(text)
  if (MISSING.has(trimmed.toLowerCase())) return NOTHING
  const parts = VOLUME.exec(trimmed)
  if (!parts) return { shares: text, step: undefined }
  const [, sign = '', grouped = '', fraction = '', exponent = '0', suffix] = parts
  const digits = grouped.replaceAll(',', '') + fraction
  if (digits === '') return { shares: text, step: undefined }

  const suffixPower = suffix === undefined ? 0 : (SUFFIX_POWERS[suffix.toLowerCase()] ?? 0)
  const power = Number(exponent) - fraction.length + suffixPower + (unit === 'thousands' ? 3 : 0)
  const shares = wholeVolume(Number(`${sign}${digits}e${power}`))
  if (shares === undefined) return { shares: text, step: undefined }
  if (suffix !== undefined) return { shares, step: Number(`1e${Math.max(0, power)}`) }
  return { shares, step: unit === 'shares' ? 1 : stepOfThousands(shares) }
}

/** Full-width digits and signs become plain ones, and hard spaces between groups of three digits are left out. */
function plainText(text: string): string {
  if (isAscii(text)) return text.trim()
  const plain = text.normalize('NFKC').replaceAll('\u2212', '-').trim()
  return GROUPED_BY_SPACES.test(plain) ? plain.replaceAll(' ', '') : plain
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > 127) return false
  return true
}

/** Returns a number of digits only, the common case in long files; undefined for any other text. */
export function plainCount(text: string): number | undefined {
  const { length } = text
  if (length === 0 || length > EXACT_DIGITS) return undefined
  let count = 0
  for (let at = 0; at < length; at += 1) {
    const digit = text.charCodeAt(at) - ZERO
    if (digit < 0 || digit > 9) return undefined
    count = count * 10 + digit
  }
  return count
}

/** Returns the step by the last nonzero digit: 494,700 thousands were rounded to 100,000 shares or less. */
function stepOfThousands(shares: number): number {
  let step = 1_000
  while (step < COARSEST_STEP_OF_THOUSANDS && shares % (step * 10) === 0 && shares !== 0) step *= 10
  return step
}
