/** Changes of stored bars that a delivery makes, or would make: a new bar, or a corrected one. */
import type { Bar } from './bar.js'

/** Most changes of one delivery that a dry run lists; all are counted. */
export const MAX_LISTED_CHANGES = 20

export type ChangedValues = Pick<Bar, 'open' | 'high' | 'low' | 'close' | 'volume'>

export interface BarChange extends ChangedValues {
  readonly symbol: string
  readonly session: Bar['session']
  /** The values so far; null for a new bar. */
  readonly before: ChangedValues | null
}
