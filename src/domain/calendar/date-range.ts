/** A stretch of dates, both ends included, either of them open. */
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
