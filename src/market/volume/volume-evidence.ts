/**
 * Evidence for the unit of a file's volumes, from all rows of its one symbol: their size beside the usual volume of an
 * index in those years, and steps within the file. Overlap with stored bars is checked where the bars are stored.
 */
import { scaleOfIndexVolume, typicalIndexVolume } from '../../domain/bars/index-volume.js'
import type { VolumeScale } from '../../domain/bars/index-volume.js'
import type { UnitGroup } from '../formats.js'
import { findVolumeStep } from './volume-step.js'
import type { DatedVolume, VolumeStep } from './volume-step.js'

/** More rows are no daily bars of one symbol; the first ones are evidence enough. */
const MAX_VOLUMES = 50_000
/** Share of the volumes of clear size that must agree; a few rows may be in another unit. */
const CLEAR_MAJORITY = 0.9

export interface VolumeEvidence {
  /** Size of the volumes as the file writes them; `unclear` where rows disagree or nothing is known. */
  readonly scale: VolumeScale
  /** Years of the volumes that decide, such as `2001 to 2019`. */
  readonly years: string
  /** A volume as written, and what is usual in its year. */
  readonly example: (DatedVolume & { readonly usual: number }) | undefined
  readonly step: VolumeStep | undefined
}

export interface VolumeWatch {
  /** @param volume as the file writes it, without a unit applied */
  see(session: string, volume: number): void
  evidence(): VolumeEvidence
}

export function watchVolumes(code: string, group: UnitGroup): VolumeWatch {
  const volumes: DatedVolume[] = []
  return {
    see(session, volume) {
      if (volume > 0 && volumes.length < MAX_VOLUMES) volumes.push({ session, volume })
    },
    evidence() {
      const judged = volumes.map((one) => ({
        ...one,
        scale: scaleOfIndexVolume(code, one.session, one.volume),
      }))
      const clear = judged.filter(({ scale }) => scale !== 'unclear')
      const scale = majorityOf(clear.map((one) => one.scale))
      const deciding = clear.filter((one) => one.scale === scale)
      const newest = deciding.reduce<DatedVolume | undefined>(
        (last, one) => (last === undefined || one.session > last.session ? one : last),
        undefined,
      )
      const usual = newest === undefined ? undefined : typicalIndexVolume(code, newest.session)
      return {
        scale: 2 * clear.length >= judged.length ? scale : 'unclear',
        years: yearsOf(deciding),
        example:
          newest === undefined || usual === undefined
            ? undefined
            : { session: newest.session, volume: newest.volume, usual },
        // Where the usual volume is known, each row is judged by itself.
        step: clear.length > 0 ? undefined : findVolumeStep(volumes, group),
      }
    },
  }
}

function majorityOf(scales: readonly VolumeScale[]): VolumeScale {
  const counts = new Map<VolumeScale, number>()
  for (const scale of scales) counts.set(scale, (counts.get(scale) ?? 0) + 1)
  for (const [scale, count] of counts) if (count >= scales.length * CLEAR_MAJORITY) return scale
  return 'unclear'
}

function yearsOf(volumes: readonly DatedVolume[]): string {
  const years = volumes.map(({ session }) => session.slice(0, 4)).sort()
  const [first = '', last = ''] = [years[0], years.at(-1)]
  return first === last ? first : `${first} to ${last}`
}
