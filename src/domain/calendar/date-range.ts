/** Date ranges: both ends are included, and either may be open. */
import { KospigraphError } from '../../errors.js'
import type { Session } from './session.js'

export interface DateRange {
  readonly from?: Session | undefined
  readonly to?: Session | undefined
}

/** @throws KospigraphError BAD_USER_INPUT where the range ends before it begins */
export function requireOrder({ from, to }: DateRange): void {
  if (from !== undefined && to !== undefined && from > to) {
    throw new KospigraphError('BAD_USER_INPUT', `from: ${from} is after to: ${to}`)
  }
}
