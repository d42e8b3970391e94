/** The use cases of dead letters: list, retry and discard them. */
import type { Calendar } from '../../domain/calendar/calendar.js'
import type { Clock } from '../../domain/clock.js'
import type { DeadLetter } from '../../domain/queue/dead-letter.js'
import type { Page, PageRequest } from '../../domain/page.js'
import type { DeadLetterStore } from '../../db/queue/dead-letters.js'
import { KospigraphError } from '../../errors.js'

export interface DeadLetters {
  /** The newest job first; the page's keys are ids. */
  page(request: PageRequest<string>): Promise<Page<DeadLetter>>
  /**
   * Gives the job all of its attempts again; use it once the cause is fixed.
   * @returns the dead letter as it was
   * @throws KospigraphError BAD_USER_INPUT where there is no such dead letter, or its night can no longer issue forecasts
   */
  retry(id: string): Promise<DeadLetter>
  /**
   * Deletes the job; its subject does not change.
   * @returns the dead letter as it was
   * @throws KospigraphError BAD_USER_INPUT where there is no such dead letter
   */
  discard(id: string): Promise<DeadLetter>
}

export function createDeadLetters(deps: {
  readonly letters: DeadLetterStore
  readonly calendar: Calendar
  readonly clock: Clock
}): DeadLetters {
  const { letters, calendar, clock } = deps
  const missing = (id: string): KospigraphError =>
    new KospigraphError('BAD_USER_INPUT', `id: there is no dead letter ${id}; deadLetters lists them`)
  const required = async (id: string): Promise<DeadLetter> => {
    const letter = await letters.byId(id)
    if (!letter) throw missing(id)
    return letter
  }
  return {
    page: (request) => letters.page(request),
    async retry(id) {
      const letter = await required(id)
      const { subject } = letter
      if (subject?.kind === 'night') {
        const target = calendar.nextSession(subject.date)
        if (clock.now() >= calendar.sessionOpen(target)) {
          throw new KospigraphError(
            'BAD_USER_INPUT',
            `id: ${id} belongs to the night of ${subject.date}, and ${target} has opened, so it could issue no forecast; ` +
              'discardDeadLetter deletes it',
          )
        }
      }
      if (!(await letters.retry(letter))) throw missing(id)
      return letter
    },
    async discard(id) {
      const letter = await required(id)
      if (!(await letters.discard(id))) throw missing(id)
      return letter
    },
  }
}
