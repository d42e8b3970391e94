/** Decimals of prices: the unit that the bars of a symbol are kept to. */

const POWERS_OF_10 = [1, 10, 100, 1_000, 10_000] as const

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
