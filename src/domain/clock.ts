/** The clock, passed in wherever time matters, so that a test or a simulation can set it. */
import { KospigraphError } from '../errors.js'

export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/**
 * Refuses an `asOf` that has not passed, because the data known at that moment may still change.
 * @throws KospigraphError BAD_USER_INPUT
 */
export function requirePast(asOf: Date, now: Date): void {
  if (asOf < now) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `asOf: ${asOf.toISOString()} has not passed, it is ${now.toISOString()}; leave asOf out to read the current bars`,
  )
}
