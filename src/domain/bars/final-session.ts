/** The newest session whose bar a source has in its final form. Asking earlier could store a bar that still moves. */
import type { Calendar } from '../calendar/calendar.js'
import { koreanInstant } from '../calendar/korean-time.js'
import { addDays } from '../calendar/session.js'
import type { Session } from '../calendar/session.js'
import type { SymbolKind } from '../symbol.js'
import type { Publication } from './delivery.js'
import { isOfAfterMarket } from './price-basis.js'

/** Ten minutes after the end of the after-market, `HH:MM` in Korea. */
const AFTER_MARKET_FINAL = '20:10'
/** When the exchange publishes the bars of the day before. */
const NEXT_MORNING = '08:00'

export function newestFinalSession(
  publication: Publication,
  kind: SymbolKind,
  calendar: Pick<Calendar, 'lastClosedSession' | 'previousSession'>,
  now: Date,
): Session {
  const closed = calendar.lastClosedSession(now)
  const finalAt = (): Date => {
    switch (publication) {
      case 'SAME_DAY':
        return now
      case 'AFTER_20':
        // What the after-market does not trade is final with the close.
        return isOfAfterMarket(closed, kind) ? koreanInstant(closed, AFTER_MARKET_FINAL) : now
      case 'NEXT_MORNING':
        return koreanInstant(addDays(closed, 1), NEXT_MORNING)
    }
  }
  return now < finalAt() ? calendar.previousSession(closed) : closed
}
