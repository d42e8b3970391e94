/** What is on record of nights and of the schedule; the rules are in `night.ts`. */
import type { NightStatus } from './night.js'
import type { Session } from '../calendar/session.js'
import type { DormantSymbols } from './dormant-symbols.js'

/** `CATCH_UP`: a scheduler that started late. `MANUAL`: a person or a program. */
export const NIGHT_TRIGGERS = ['SCHEDULE', 'CATCH_UP', 'MANUAL'] as const
export type NightTrigger = (typeof NIGHT_TRIGGERS)[number]

/**
 * `FAILED`: no version, the reason stored, and persistence serves. `ALREADY_ISSUED`: a manual retrain had issued the
 * forecast, which stands. `STALE`: the session's bar never came, so there is no forecast.
 */
export const NIGHT_OUTCOME_STATUSES = ['SUCCEEDED', 'FAILED', 'ALREADY_ISSUED', 'STALE'] as const
export type NightOutcomeStatus = (typeof NIGHT_OUTCOME_STATUSES)[number]

export interface NightRecord {
  /** The session it is about, or the day that was no session. */
  readonly session: Session
  readonly status: NightStatus
  readonly trigger: NightTrigger
  readonly reason: string | null
  readonly recipes: readonly string[]
  /** Outcomes that end it; null until they have been counted. */
  readonly expected: number | null
  /** Symbols left out because their bars ended too long ago; null until the night has been planned. */
  readonly dormant: DormantSymbols | null
  readonly requestedAt: Date
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
  /** When it looks again for bars that were not there. */
  readonly nextTryAt: Date | null
}

/** What a night came to for one symbol and recipe. */
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

/** Outcomes of a night so far, by what they are. */
export type NightCounts = Readonly<Record<NightOutcomeStatus, number>>

export const NO_OUTCOMES: NightCounts = { SUCCEEDED: 0, FAILED: 0, ALREADY_ISSUED: 0, STALE: 0 }
