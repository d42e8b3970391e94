/** Finds the place where a file's volumes change their unit: all later ones are a thousand times larger or smaller. */
import { UNIT_FACTOR } from '../../domain/bars/index-volume.js'
import type { UnitGroup } from '../formats.js'

export interface DatedVolume {
  readonly session: string
  readonly volume: number
}

export interface VolumeStep {
  /** The first session after the step. */
  readonly session: string
  /** Medians of the volumes before and after. */
  readonly before: number
  readonly after: number
}

/**
 * `window`: volumes on each side that are compared. `least`: fewest on a side. `gap`: least ratio of the smallest volume of
 * one side to the largest of the other. A share's volume may rise a thousandfold in a few days: of 1,363 shares in
 * 1.5 years none did by this rule, one by a gap of 30. An index's volume is steady, so a few rows suffice.
 */
const RULES = {
  OTHER: { window: 20, least: 20, gap: 50 },
  INDEX: { window: 10, least: 1, gap: 100 },
} as const
/** The medians differ by the factor, up to this factor. */
const TOLERANCE = { OTHER: 2, INDEX: 5 } as const

/** @param volumes of one symbol, positive, in any order */
export function findVolumeStep(volumes: readonly DatedVolume[], group: UnitGroup): VolumeStep | undefined {
  const { window, least, gap } = RULES[group]
  const inOrder = [...volumes].sort((a, b) => (a.session < b.session ? -1 : 1))
  for (let at = least; at <= inOrder.length - least; at += 1) {
    const before = inOrder.slice(Math.max(0, at - window), at).map(({ volume }) => volume)
    const after = inOrder.slice(at, at + window).map(({ volume }) => volume)
    if (!isApart(before, after, gap) && !isApart(after, before, gap)) continue
    const [left, right] = [median(before), median(after)]
    const factor = Math.max(left, right) / Math.min(left, right) / UNIT_FACTOR
    if (factor > TOLERANCE[group] || factor < 1 / TOLERANCE[group]) continue
    return { session: inOrder[at]?.session ?? '', before: left, after: right }
  }
  return undefined
}

function isApart(small: readonly number[], large: readonly number[], gap: number): boolean {
  return Math.max(...small) * gap < Math.min(...large)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}
