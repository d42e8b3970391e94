/** Decimals of prices: the unit that the bars of a symbol are kept to, and the noise of binary fractions beside it. */

const POWERS_OF_10 = [1, 10, 100, 1_000, 10_000] as const
/** Largest relative difference that counts as float noise; float32, which some vendors use, errs by up to 6e-8. */
export const FLOAT_NOISE = 1e-6

/** Reads a table, because the bits of a computed power depend on the implementation. @throws RangeError above 4 */
export function powerOf10(decimals: number): number {
  const power = POWERS_OF_10[decimals]
  if (power === undefined) throw new RangeError(`${decimals} decimals are more than 4`)
  return power
}

/** Rounds a price half up to `decimals`. @throws RangeError above 4 decimals */
export function toDecimals(price: number, decimals: number): number {
  const factor = powerOf10(decimals)
  return Math.round(price * factor) / factor
}

/** Removes float noise: a price that lies beside a unit of the decimals by noise becomes that unit; others stay. */
export function withoutNoise(price: number, decimals: number): number {
  const kept = toDecimals(price, decimals)
  return Math.abs(kept - price) <= FLOAT_NOISE * Math.abs(price) ? kept : price
}

/** Whether a price lies on a unit of the decimals, exactly. */
export function isOnUnit(price: number, decimals: number): boolean {
  return toDecimals(price, decimals) === price
}
