import { KospigraphError } from '../errors.js'

/** The clock, passed in wherever time matters, so that a test or a simulation can set it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }

/**
 * What will be known at a moment that has not passed may still change.
 * @throws KospigraphError BAD_USER_INPUT
 */
export function requirePast(asOf: Date, now: Date): void {
  if (asOf < now) return
  throw new KospigraphError(
    'BAD_USER_INPUT',
    `asOf: ${asOf.toISOString()} has not passed, it is ${now.toISOString()}; leave asOf out for what is known now`,
  )
}
