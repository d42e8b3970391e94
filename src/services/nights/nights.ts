/** Nights as people look at them. */
import type { NightCounts, NightOutcome, NightRecord } from '../../domain/nights/night-record.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NightStore, OutcomeCursor, OutcomeFilter } from '../../db/nights/nights.js'

export type { OutcomeCursor }

export interface Nights {
  night(date: Session): Promise<NightRecord | undefined>
  /** Newest first. */
  nights(request: PageRequest<Session>): Promise<Page<NightRecord>>
  /** In order of symbol and recipe. */
  outcomes(filter: OutcomeFilter, request: PageRequest<OutcomeCursor>): Promise<Page<NightOutcome>>
  /** One query for any number of nights, in their order. */
  counts(dates: readonly Session[]): Promise<NightCounts[]>
}

export function createNights({ nights }: { readonly nights: NightStore }): Nights {
  return {
    night: (date) => nights.byDate(date),
    nights: (request) => nights.page(request),
    outcomes: (filter, request) => nights.outcomes(filter, request),
    counts: (dates) => nights.counts(dates),
  }
}
