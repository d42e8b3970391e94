/**
 * Checks that the dates of a vendor's answer are the exchange's. Dates of another time zone are shifted by a day, so that
 * Monday's bar stands on a Sunday. Checked before anything is stored, because each shifted bar by itself looks right.
 */
import type { Calendar } from '../../domain/calendar/calendar.js'
import { isLocalDate } from '../../domain/calendar/session.js'
import type { RawBar } from '../../domain/bars/row-outcome.js'
import { ProviderFailure } from '../../market/providers/provider.js'

/** A shift by a day puts a fifth of the bars on closed days. Vendors have a stray bar on a holiday now and then. */
const SUSPICIOUS_SHARE = 0.1

/** @throws ProviderFailure CHANGED_FORMAT where a tenth of the traded bars or more are of days without a session */
export function requireExchangeDates(rows: readonly RawBar[], calendar: Calendar): void {
  const dated = rows.filter(
    ({ session, close, volume }) =>
      close !== undefined && Number(volume) > 0 && isLocalDate(session) && calendar.knows(session),
  )
  const closed = dated.filter(({ session }) => isLocalDate(session) && !calendar.isSession(session))
  const [first] = closed
  if (!first || closed.length < dated.length * SUSPICIOUS_SHARE) return
  const message =
    `${closed.length} of its ${dated.length} bars are of days without a session, ${first.session} for instance: ` +
    'its dates are not those of the exchange'
  throw new ProviderFailure('CHANGED_FORMAT', message)
}
