/** Volumes are whole numbers of shares; programs that divide or scale them leave float noise such as 265220000.00000003. */

/** Largest relative distance from a whole number that counts as noise. */
const NOISE = 1e-6

/** Returns the whole number that a volume is but for float noise; undefined where it is none. */
export function wholeVolume(volume: number): number | undefined {
  if (Number.isInteger(volume)) return volume
  const whole = Math.round(volume)
  return Math.abs(volume - whole) <= Math.abs(whole) * NOISE ? whole : undefined
}
