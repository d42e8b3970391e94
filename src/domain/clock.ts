/** The clock, passed in wherever time matters, so that a test or a simulation can set it. */
export interface Clock {
  now(): Date
}

export const systemClock: Clock = { now: () => new Date() }
