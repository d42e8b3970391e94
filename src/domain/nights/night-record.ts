/** Stored records of nights and their outcomes; the rules are in `night.ts`. */
import type { NightStatus } from './night.js'
import type { Session } from '../calendar/session.js'
import type { DormantSymbols } from './dormant-symbols.js'

/** What started a night. `CATCH_UP`: a scheduler that started late. `MANUAL`: a person or a program. */
export const NIGHT_TRIGGERS = ['SCHEDULE', 'CATCH_UP', 'MANUAL'] as const
export type NightTrigger = (typeof NIGHT_TRIGGERS)[number]

/**
 * `FAILED`: no version was stored; the reason is, and persistence serves. `ALREADY_ISSUED`: a manual retrain had issued
 * the forecast, which is kept. `STALE`: the session's bar never arrived, so there is no forecast.
 */
export const NIGHT_OUTCOME_STATUSES = ['SUCCEEDED', 'FAILED', 'ALREADY_ISSUED', 'STALE'] as const
export type NightOutcomeStatus = (typeof NIGHT_OUTCOME_STATUSES)[number]

export interface NightKey {
  /** The night's session; a skipped night may have a day that is no session. */
  readonly session: Session
  /** Whether it was played over simulated symbols under a simulated clock; false where it is about real symbols. */
  readonly simulated: boolean
}

export interface NightRecord extends NightKey {
  readonly status: NightStatus
  readonly trigger: NightTrigger
  readonly reason: string | null
  readonly recipes: readonly string[]
  /** Number of outcomes that complete it; null until planned. */
  readonly expected: number | null
  /** Symbols left out because their bars ended too long ago; null until the night has been planned. */
  readonly dormant: DormantSymbols | null
  readonly requestedAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** When it looks again for missing bars. */
  readonly nextTryAt: Date | null
}

/** Outcome of a night for one symbol and recipe. */
export interface NightOutcome {
  readonly session: Session
  readonly symbolId: number
  readonly recipeName: string
  readonly status: NightOutcomeStatus
  readonly modelVersionId: string | null
  readonly forecastId: string | null
  readonly errorCode: string | null
  readonly errorMessage: string | null
  readonly at: Date
}

/** Number of a night's outcomes so far, by status. */
export type NightCounts = Readonly<Record<NightOutcomeStatus, number>>

export const NO_OUTCOMES: NightCounts = { SUCCEEDED: 0, FAILED: 0, ALREADY_ISSUED: 0, STALE: 0 }
