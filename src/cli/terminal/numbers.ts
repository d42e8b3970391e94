/** Numbers as the command line writes them. */

const NUMBER = new Intl.NumberFormat('en-US')

/** `1234567` as `1,234,567`. */
export function count(value: number): string {
  return NUMBER.format(value)
}

/** `1 bar`, `1,234 bars`. */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${count(value)} ${value === 1 ? singular : plural}`
}

/** A price at its symbol's decimals, with thousands separators. */
export function price(value: number, decimals: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
}
