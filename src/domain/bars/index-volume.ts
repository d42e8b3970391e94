/**
 * Typical daily volumes of the indices, year by year: evidence for the unit of a delivered volume.
 *
 * Vendors give the volume of an index in shares or in thousands of shares and do not state which. An index's volume
 * stays within a factor of ten of its year's median (KOSPI 1981 to 2026: 0.04 to 5.3), so a thousandfold error shows.
 */

/** Median daily volumes in millions of shares, rounded, of consecutive years. Later years count as the last one. */
interface YearlyMedians {
  readonly firstYear: number
  readonly millions: readonly number[]
}

const MEDIANS: Readonly<Record<string, YearlyMedians>> = {
  KOSPI: {
    firstYear: 1981,
    millions: [
      ...[0.9, 0.92, 0.82, 1.3, 1.6, 3.1, 5.3, 9.1, 10],
      ...[9.4, 11, 21, 33, 36, 23, 23, 37, 78, 280],
      ...[296, 440, 740, 506, 364, 454, 251, 364, 318, 469],
      ...[371, 344, 457, 312, 268, 423, 365, 319, 368, 441],
      ...[852, 927, 534, 503, 463, 424, 790],
    ],
  },
  KOSPI200: { firstYear: 2019, millions: [73] },
  KOSDAQ: { firstYear: 2019, millions: [800, 1_400] },
}
const MILLION = 1_000_000
/** Vendors that confuse the unit are wrong by this factor. */
export const UNIT_FACTOR = 1_000
/**
 * Ratios of a volume to its year's median that show its scale. The thousandfold begins at 600 because Yahoo's KOSPI of 1998
 * is a hundred times too large, up to 505 times the median, which is another error.
 */
const RANGES = {
  shares: [1 / 10, 10],
  'a thousandth': [1 / 5_000, 1 / 200],
  'a thousandfold': [600, 6_000],
} as const

/** What a volume is in, by its size: `unclear` where neither unit fits, or the index or its year is not on record. */
export type VolumeScale = 'shares' | 'a thousandth' | 'a thousandfold' | 'unclear'

/** Returns the typical volume of an index in the year of a session, in shares; undefined where it is not on record. */
export function typicalIndexVolume(code: string, session: string): number | undefined {
  const medians = MEDIANS[code]
  const at = Number(session.slice(0, 4)) - (medians?.firstYear ?? Infinity)
  const millions = at >= 0 ? (medians?.millions[at] ?? medians?.millions.at(-1)) : undefined
  return millions === undefined ? undefined : millions * MILLION
}

/** Compares a volume of an index, in shares, with the volumes of its year. */
export function scaleOfIndexVolume(code: string, session: string, volume: number): VolumeScale {
  const typical = volume > 0 ? typicalIndexVolume(code, session) : undefined
  if (typical === undefined) return 'unclear'
  const ratio = volume / typical
  const scales = Object.keys(RANGES) as (keyof typeof RANGES)[]
  return scales.find((scale) => ratio >= RANGES[scale][0] && ratio <= RANGES[scale][1]) ?? 'unclear'
}
