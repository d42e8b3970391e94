/** The use case of reading nights, their outcomes and their counts. */
import type { NightCounts, NightKey, NightOutcome, NightRecord } from '../../domain/nights/night-record.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { Session } from '../../domain/calendar/session.js'
import type { NightStore, OutcomeCursor, OutcomeFilter } from '../../db/nights/nights.js'

export type { OutcomeCursor }

export type OutcomesOf = Omit<OutcomeFilter, 'simulated'> & Partial<Pick<OutcomeFilter, 'simulated'>>

export interface Nights {
  /** That of real symbols, or of simulated ones. */
  night(date: Session, simulated?: boolean): Promise<NightRecord | undefined>
  /**
   * Newest first; of one session, that of real symbols first.
   * @param simulated which there are; both kinds where left out
   */
  nights(request: PageRequest<NightKey>, simulated?: boolean): Promise<Page<NightRecord>>
  /** In order of symbol and recipe; of real symbols where the filter leaves it out. */
  outcomes(filter: OutcomesOf, request: PageRequest<OutcomeCursor>): Promise<Page<NightOutcome>>
  /** One query for any number of nights of real symbols, or of simulated ones, in their order. */
  counts(dates: readonly Session[], simulated?: boolean): Promise<NightCounts[]>
}

export function createNights({ nights }: { readonly nights: NightStore }): Nights {
  return {
    night: (session, simulated = false) => nights.byKey({ session, simulated }),
    nights: (request, simulated) => nights.page(request, simulated),
    outcomes: ({ simulated = false, ...filter }, request) =>
      nights.outcomes({ ...filter, simulated }, request),
    counts: (dates, simulated = false) => nights.counts(dates, simulated),
  }
}
